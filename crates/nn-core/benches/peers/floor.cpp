// What the machine gives to straight C++ for the posts' trainings: the floor that `cargo xtask bench`
// compares with. Prints one line of JSON.
//
//   floor iris|xor EPOCHS REPEAT     nanoseconds an epoch
//   floor sweep EPOCHS NETS          nets a second, on one core
//
// Compiled by g++ -O3 -march=native -ffp-contract=fast; vectors by the compiler's own types.

#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#if defined(__AVX512F__)
constexpr int WIDTH = 16;
#else
constexpr int WIDTH = 8;
#endif
typedef float Wide __attribute__((vector_size(WIDTH * 4)));
typedef int32_t WideInt __attribute__((vector_size(WIDTH * 4)));
typedef float Quad __attribute__((vector_size(16)));
typedef int32_t QuadInt __attribute__((vector_size(16)));

// 1 + exp(-z): the exponent's whole part goes into the bits, a polynomial makes the rest.
template <typename V, typename I> static inline V denominator(V z) {
    V y = z * -1.44269504f;
    y = y < -61.0f ? V{} - 61.0f : y;
    y = y > 61.0f ? V{} + 61.0f : y;
    const V steps = y + 12582912.0f;
    const V f = y - (steps - 12582912.0f), f2 = f * f;
    V p = (0.0013276472f * f + 0.0096755413f) * f2 + (0.055507133f * f + 0.2402212f);
    p = p * f2 + (0.69314697f * f + 1.0f);
    I bits, whole;
    std::memcpy(&bits, &p, sizeof bits);
    std::memcpy(&whole, &steps, sizeof whole);
    bits += whole << 23;
    std::memcpy(&p, &bits, sizeof p);
    return 1.0f + p;
}

static inline Quad sigmoid(Quad z) { return 1.0f / denominator<Quad, QuadInt>(z); }

// Four at once: two share a division.
static inline void sigmoids(const Wide z[4], Wide p[4]) {
    for (int n = 0; n < 4; n += 2) {
        const Wide d0 = denominator<Wide, WideInt>(z[n]), d1 = denominator<Wide, WideInt>(z[n + 1]);
        const Wide r = 1.0f / (d0 * d1);
        p[n] = r * d1;
        p[n + 1] = r * d0;
    }
}

static uint64_t state = 42;
static float draw() {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return float(int32_t(state >> 33) - (1 << 30)) / float(1 << 30);
}

static volatile float sink;

static void iris(long epochs) {
    const float x[4][4] = {{5.1f, 3.5f, 1.4f, 0.2f}, {4.9f, 3.0f, 1.4f, 0.2f}, {6.2f, 3.4f, 5.4f, 2.3f}, {5.9f, 3.0f, 5.1f, 1.8f}};
    const float y[4] = {0, 0, 1, 1};
    float w[4] = {0.5f, 0.5f, 0.5f, 0.5f}, pred[4];
    for (long epoch = 0; epoch < epochs; epoch++) {
        float delta[4];
        for (int n = 0; n < 4; n++) {
            double z = x[n][0] * w[0] + x[n][1] * w[1] + x[n][2] * w[2] + x[n][3] * w[3];
            pred[n] = float(1.0 / (1.0 + std::exp(-z)));
            delta[n] = (y[n] - pred[n]) * (pred[n] * (1.0f - pred[n]));
        }
        for (int a = 0; a < 4; a++)
            w[a] += x[0][a] * delta[0] + x[1][a] * delta[1] + x[2][a] * delta[2] + x[3][a] * delta[3];
    }
    sink = pred[0];
}

static void xor_net(long epochs) {
    Quad a, b, c, out;
    for (int unit = 0; unit < 4; unit++) a[unit] = draw(), b[unit] = draw(), c[unit] = draw(), out[unit] = draw();
    const Quad target = {0, 1, 1, 0};
    Quad pred{};
    for (long epoch = 0; epoch < epochs; epoch++) {
        Quad h[4] = {sigmoid(c), sigmoid(b + c), sigmoid(a + c), sigmoid(a + b + c)};
        Quad z;
        for (int n = 0; n < 4; n++) {
            Quad p = h[n] * out;
            z[n] = (p[0] + p[1]) + (p[2] + p[3]);
        }
        pred = sigmoid(z);
        Quad d = (target - pred) * pred * (1.0f - pred);
        Quad e[4], g{};
        for (int n = 0; n < 4; n++) {
            e[n] = h[n] * (1.0f - h[n]) * out * d[n];
            g += h[n] * d[n];
        }
        out += g;
        a += e[2] + e[3];
        b += e[1] + e[3];
        c += (e[0] + e[1]) + (e[2] + e[3]);
    }
    sink = pred[0];
}

static void sweep_block(long epochs) {
    Wide a[4], b[4], c[4], out[4];
    for (int unit = 0; unit < 4; unit++)
        for (int lane = 0; lane < WIDTH; lane++) a[unit][lane] = draw(), b[unit][lane] = draw(), c[unit][lane] = draw(), out[unit][lane] = draw();
    const float target[4] = {0, 1, 1, 0};
    Wide pred[4]{};
    for (long epoch = 0; epoch < epochs; epoch++) {
        Wide h[4][4], z[4]{};
        for (int unit = 0; unit < 4; unit++) {
            const Wide ac = a[unit] + c[unit], sums[4] = {c[unit], b[unit] + c[unit], ac, ac + b[unit]};
            sigmoids(sums, h[unit]);
            for (int n = 0; n < 4; n++) z[n] += h[unit][n] * out[unit];
        }
        sigmoids(z, pred);
        Wide d[4];
        for (int n = 0; n < 4; n++) d[n] = (target[n] - pred[n]) * pred[n] * (1.0f - pred[n]);
        for (int unit = 0; unit < 4; unit++) {
            Wide e[4], g{};
            for (int n = 0; n < 4; n++) {
                e[n] = h[unit][n] * (1.0f - h[unit][n]) * out[unit] * d[n];
                g += h[unit][n] * d[n];
            }
            out[unit] += g;
            a[unit] += e[2] + e[3];
            b[unit] += e[1] + e[3];
            c[unit] += (e[0] + e[1]) + (e[2] + e[3]);
        }
    }
    sink = pred[0][0];
}

static double seconds(const std::chrono::steady_clock::time_point &start) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

int main(int n, char **words) {
    if (n != 4) return std::fprintf(stderr, "floor iris|xor EPOCHS REPEAT | floor sweep EPOCHS NETS\n"), 2;
    const long epochs = std::atol(words[2]), count = std::atol(words[3]);
    if (!std::strcmp(words[1], "sweep")) {
        const auto start = std::chrono::steady_clock::now();
        for (long nets = 0; nets < count; nets += WIDTH) sweep_block(epochs);
        std::printf("{\"unit\": \"nets/s\", \"value\": %f}\n", double(count) / seconds(start));
        return 0;
    }
    const auto train = !std::strcmp(words[1], "iris") ? iris : xor_net;
    double fastest = 1e30;
    for (int measurement = 0; measurement < 5; measurement++) {
        const auto start = std::chrono::steady_clock::now();
        for (long training = 0; training < count; training++) train(epochs);
        const double ns = seconds(start) * 1e9 / double(epochs * count);
        if (ns < fastest) fastest = ns;
    }
    std::printf("{\"unit\": \"ns/epoch\", \"value\": %f}\n", fastest);
}
