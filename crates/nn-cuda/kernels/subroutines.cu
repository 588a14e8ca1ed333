// The post's seven subroutines, each as its own kernel.
//
// All matrices are row-major f32. Every kernel gives one thread one element of `out`.
//
// | kernel               | shapes                                    | grid x block                   | shared |
// |----------------------|-------------------------------------------|--------------------------------|--------|
// | `multiply`           | `a, b, out: n`                            | `ceil(n / 128)` x 128          | 0      |
// | `subtract`           | `a, b, out: n`                            | `ceil(n / 128)` x 128          | 0      |
// | `sigmoid`            | `a, out: n`                               | `ceil(n / 128)` x 128          | 0      |
// | `sigmoid_derivative` | `a, out: n`, `a` holds sigmoid's values   | `ceil(n / 128)` x 128          | 0      |
// | `dot`                | `a: (m, k)`, `b: (k, n)`, `out: (m, n)`   | `ceil(m * n / 128)` x 128      | 0      |
// | `dot_bt`             | `a: (m, k)`, `b: (n, k)`, `out: (m, n)`   | `ceil(m * n / 128)` x 128      | 0      |
// | `dot_at_add`         | `a: (m, k)`, `b: (m, n)`, `out: (k, n)`   | `ceil(k * n / 128)` x 128      | 0      |
//
// `out` is overwritten, but `dot_at_add` adds to it. Sums run in index order through `fmaf`, so they agree bit for
// bit with a loop of `f32::mul_add`; the sigmoid agrees with the f64 formula within 4 ULP.
// Plain version: `nn_cuda::plain`.

extern "C" __global__ void multiply(const float *a, const float *b, float *out, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) out[i] = a[i] * b[i];
}

extern "C" __global__ void subtract(const float *a, const float *b, float *out, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) out[i] = a[i] - b[i];
}

extern "C" __global__ void sigmoid(const float *a, float *out, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) out[i] = 1.0f / (1.0f + expf(-a[i]));
}

extern "C" __global__ void sigmoid_derivative(const float *a, float *out, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) out[i] = a[i] * (1.0f - a[i]);
}

extern "C" __global__ void dot(const float *a, const float *b, float *out, int m, int k, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= m * n) return;
    int row = i / n, column = i % n;
    float sum = 0.0f;
    for (int p = 0; p < k; p++) sum = fmaf(a[row * k + p], b[p * n + column], sum);
    out[i] = sum;
}

extern "C" __global__ void dot_bt(const float *a, const float *b, float *out, int m, int k, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= m * n) return;
    int row = i / n, column = i % n;
    float sum = 0.0f;
    for (int p = 0; p < k; p++) sum = fmaf(a[row * k + p], b[column * k + p], sum);
    out[i] = sum;
}

extern "C" __global__ void dot_at_add(const float *a, const float *b, float *out, int m, int k, int n) {
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i >= k * n) return;
    int row = i / n, column = i % n;
    float sum = 0.0f;
    for (int p = 0; p < m; p++) sum = fmaf(a[p * k + row], b[p * n + column], sum);
    out[i] += sum;
}
