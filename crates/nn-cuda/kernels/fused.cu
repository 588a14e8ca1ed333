// `fused_f32` and `fused_tf32`: a whole dense net forward and backward in one launch, its activations in shared memory.
//
// For nets whose widths, inputs and outputs included, are at most 128. A block takes 16 records through all layers and
// back, and writes the gradient that these records give; `sum_partials` adds the blocks' gradients in their order, so
// the result does not depend on which block ran first.
//
// | argument     | shape                         |                                                                     |
// |--------------|-------------------------------|---------------------------------------------------------------------|
// | `x`          | `(rows, inputs)`              | read                                                                |
// | `y`          | `(rows, outputs)`             | read where `backward` is not 0                                      |
// | `shape`      | see `net.cuh`                 | read                                                                |
// | `params`     | `(parameters)`                | read                                                                |
// | `out`        | `(rows, outputs)`             | overwritten                                                         |
// | `losses`     | `(rows)`                      | overwritten with the records' losses, where `backward` is not 0     |
// | `partial`    | `(ceil(rows/16), parameters)` | overwritten with `scale` times each block's gradient, likewise      |
// | `parameters` |                               | weights and biases together                                         |
// | `wide`       |                               | the widest layer's width, inputs included                           |
// | `backward`   |                               | 0: only `out` is wanted                                             |
//
// Grid: `ceil(rows / 16)`; block: 128 (4 warps, each of which computes tiles of 16 x 8).
// Dynamic shared memory: `64 * (s(inputs) + s(outputs of each layer, summed) + 2 * s(wide))` bytes with
// `s(n) = n` rounded up to 8, and 4: rows that lie 4 words apart modulo 8 let a warp load a tile without bank conflicts.
//
// `fused_tf32` multiplies on tensor cores (`mma.sync.m16n8k8`, factors rounded to ten bits of fraction, sums in f32; it
// needs compute capability 8.0), `fused_f32` is its twin in full precision with the same tiles. Plain version: nn-core's
// `Trainer`. With `u = 2^-11` for TF32 (0 for f32) and `e = 2^-23`, one product of `k` terms is off by at most
// `(2 u + u^2 + k e) * sum |a| |b|`; the tests carry that bound through the layers, number by number.

#include "net.cuh"

const int ROWS = 16, WARPS = 4;

__device__ __forceinline__ int stride_of(int width) { return (width + 7) / 8 * 8 + 4; }

__device__ __forceinline__ unsigned tf32(float v) {
    unsigned bits;
    asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(bits) : "f"(v));
    return bits;
}

// Adds `a (16, k) * b (k, 8)` to a tile; a lane holds its elements (g, 2 t), (g, 2 t + 1), (g + 8, 2 t), (g + 8, 2 t + 1)
// with `g = lane / 4` and `t = lane % 4`. `a` and `b` give 0 beyond their edges, up to a multiple of 8.
template <bool tensor, class A, class B>
__device__ __forceinline__ void multiply(float (&c)[4], int k, A a, B b) {
    const int lane = threadIdx.x % 32, g = lane / 4, t = lane % 4;
    #pragma unroll 1
    for (int s = 0; s < k; s += 8) {
        if (tensor) {
            unsigned a0 = tf32(a(g, s + t)), a1 = tf32(a(g + 8, s + t));
            unsigned a2 = tf32(a(g, s + t + 4)), a3 = tf32(a(g + 8, s + t + 4));
            unsigned b0 = tf32(b(s + t, g)), b1 = tf32(b(s + t + 4, g));
            asm volatile("mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 "
                         "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
                         : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
                         : "r"(a0), "r"(a1), "r"(a2), "r"(a3), "r"(b0), "r"(b1));
        } else {
            #pragma unroll
            for (int p = s; p < s + 8; p++) {
                float left = a(g, p), below = a(g + 8, p), first = b(p, 2 * t), second = b(p, 2 * t + 1);
                c[0] = fmaf(left, first, c[0]);
                c[1] = fmaf(left, second, c[1]);
                c[2] = fmaf(below, first, c[2]);
                c[3] = fmaf(below, second, c[3]);
            }
        }
    }
}

// Calls `put(row, column, value)` for the four elements that this lane holds.
template <class Put> __device__ __forceinline__ void each(const float (&c)[4], Put put) {
    const int lane = threadIdx.x % 32, g = lane / 4, t = lane % 4;
    put(g, 2 * t, c[0]);
    put(g, 2 * t + 1, c[1]);
    put(g + 8, 2 * t, c[2]);
    put(g + 8, 2 * t + 1, c[3]);
}

template <bool tensor>
__device__ __forceinline__ void fused(const float *x, const float *y, const int *shape, const float *params, float *out,
                                      float *losses, float *partial, int rows, int parameters, int wide,
                                      float scale, int backward) {
    extern __shared__ float shared[];
    const int n_layers = shape[0], warp = threadIdx.x / 32, first = blockIdx.x * ROWS;
    const int inputs = shape[4], in_stride = stride_of(inputs);
    for (int e = threadIdx.x; e < ROWS * in_stride; e += 32 * WARPS) {
        int row = e / in_stride, column = e % in_stride;
        shared[e] = first + row < rows && column < inputs ? x[(first + row) * inputs + column] : 0.0f;
    }
    __syncthreads();

    // Forward: each layer's outputs stand behind its inputs.
    float *in = shared;
    for (int n = 0; n < n_layers; n++) {
        const Layer layer = layer_of(shape, n);
        const int from = stride_of(layer.inputs), to = stride_of(layer.outputs);
        const float *w = params + layer.weights;
        float *const p = in + ROWS * from;
        for (int j = 8 * warp; j < to - 4; j += 8 * WARPS) {
            float c[4] = {0.0f, 0.0f, 0.0f, 0.0f};
            if (layer.bias >= 0) {
                const int column = j + threadIdx.x % 4 * 2;
                c[0] = c[2] = column < layer.outputs ? params[layer.bias + column] : 0.0f;
                c[1] = c[3] = column + 1 < layer.outputs ? params[layer.bias + column + 1] : 0.0f;
            }
            multiply<tensor>(
                c, layer.inputs, [&](int row, int k) { return in[row * from + k]; },
                [&](int k, int column) {
                    bool inside = k < layer.inputs && j + column < layer.outputs;
                    return inside ? w[k * layer.outputs + j + column] : 0.0f;
                });
            each(c, [&](int row, int column, float z) {
                bool inside = j + column < layer.outputs;
                p[row * to + j + column] = inside ? activate(layer, z) : 0.0f;
            });
        }
        __syncthreads();
        in = p;
    }

    const Layer last = layer_of(shape, n_layers - 1);
    const int last_stride = stride_of(last.outputs), delta_stride = stride_of(wide);
    for (int e = threadIdx.x; e < ROWS * last.outputs; e += 32 * WARPS) {
        int row = e / last.outputs, column = e % last.outputs;
        if (first + row < rows) out[(first + row) * last.outputs + column] = in[row * last_stride + column];
    }
    if (!backward) return;

    // The last layer's deltas; rows that are not there have none, and so give nothing to the gradient.
    float *delta = in + ROWS * last_stride, *before = delta + ROWS * delta_stride;
    if (threadIdx.x < ROWS) {
        const int row = threadIdx.x;
        float *const d = delta + row * delta_stride;
        if (first + row < rows) {
            losses[first + row] = loss_of(shape[1], last, in + row * last_stride, y + (first + row) * last.outputs, d, scale);
        } else {
            for (int j = 0; j < last.outputs; j++) d[j] = 0.0f;
        }
        for (int j = last.outputs; j < last_stride - 4; j++) d[j] = 0.0f;
    }
    __syncthreads();

    float *const gradient = partial + (long long)blockIdx.x * parameters;
    for (int n = n_layers - 1; n >= 0; n--) {
        const Layer layer = layer_of(shape, n);
        const int from = stride_of(layer.inputs);
        in -= ROWS * from;
        const int down = (layer.inputs + 15) / 16, across = (layer.outputs + 7) / 8;
        for (int job = warp; job < down * across; job += WARPS) {
            const int i = job / across * 16, j = job % across * 8;
            float c[4] = {0.0f, 0.0f, 0.0f, 0.0f};
            multiply<tensor>(
                c, ROWS, [&](int row, int k) { return i + row < layer.inputs ? in[k * from + i + row] : 0.0f; },
                [&](int k, int column) { return delta[k * delta_stride + j + column]; });
            each(c, [&](int row, int column, float g) {
                bool inside = i + row < layer.inputs && j + column < layer.outputs;
                if (inside) gradient[layer.weights + (i + row) * layer.outputs + j + column] = g;
            });
        }
        if (layer.bias >= 0 && threadIdx.x < layer.outputs) {
            float sum = 0.0f;
            for (int row = 0; row < ROWS; row++) sum += delta[row * delta_stride + threadIdx.x];
            gradient[layer.bias + threadIdx.x] = sum;
        }
        if (n > 0) {
            const Layer below = layer_of(shape, n - 1);
            const float *w = params + layer.weights;
            for (int j = 8 * warp; j < from - 4; j += 8 * WARPS) {
                float c[4] = {0.0f, 0.0f, 0.0f, 0.0f};
                multiply<tensor>(
                    c, layer.outputs, [&](int row, int k) { return delta[row * delta_stride + k]; },
                    [&](int k, int column) {
                        bool inside = k < layer.outputs && j + column < layer.inputs;
                        return inside ? w[(j + column) * layer.outputs + k] : 0.0f;
                    });
                each(c, [&](int row, int column, float d) {
                    float p = in[row * from + j + column];
                    bool inside = j + column < layer.inputs;
                    before[row * delta_stride + j + column] = inside ? through(below, d, p) : 0.0f;
                });
            }
        }
        __syncthreads();
        float *swap = delta;
        delta = before;
        before = swap;
    }
}

extern "C" __global__ void __launch_bounds__(128, 4)
fused_f32(const float *x, const float *y, const int *shape, const float *params, float *out, float *losses,
          float *partial, int rows, int parameters, int wide, float scale, int backward) {
    fused<false>(x, y, shape, params, out, losses, partial, rows, parameters, wide, scale, backward);
}

#if __CUDA_ARCH__ >= 800
extern "C" __global__ void __launch_bounds__(128, 4)
fused_tf32(const float *x, const float *y, const int *shape, const float *params, float *out, float *losses,
           float *partial, int rows, int parameters, int wide, float scale, int backward) {
    fused<true>(x, y, shape, params, out, losses, partial, rows, parameters, wide, scale, backward);
}
#endif

// `gradient (n)` = the sum of `partial (blocks, n)` over its rows, in their order. Grid x block: `ceil(n / 128)` x 128.
extern "C" __global__ void __launch_bounds__(128)
sum_partials(const float *partial, float *gradient, int n, int blocks) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= n) return;
    float sum = 0.0f;
    for (int b = 0; b < blocks; b++) sum += partial[(long long)b * n + i];
    gradient[i] = sum;
}
