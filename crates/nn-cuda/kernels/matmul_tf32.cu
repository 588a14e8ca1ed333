// `matmul_tf32`: `out = a * b` on tensor cores, the factors rounded to TF32 (ten bits of fraction), sums in f32.
//
// | argument | shape    |             |
// |----------|----------|-------------|
// | `a`      | `(m, k)` | read        |
// | `b`      | `(k, n)` | read        |
// | `out`    | `(m, n)` | overwritten |
//
// Grid: `(ceil(n / 8), ceil(m / 16))`; block: one warp, which computes one 16 x 8 tile of `out` by `mma.sync.m16n8k8`.
// Shared memory: none. Ragged edges are filled with zeros. Needs compute capability 8.0.
// Plain version: `nn_cuda::plain::dot` of factors rounded by `nn_cuda::plain::tf32`, within `k` ULP of the sum of
// magnitudes (a device may add the products of one `mma` in any order).

__device__ __forceinline__ unsigned tf32(float v) {
    unsigned bits;
    asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(bits) : "f"(v));
    return bits;
}

__device__ __forceinline__ unsigned element(const float *matrix, int row, int column, int rows, int columns) {
    return tf32(row < rows && column < columns ? matrix[row * columns + column] : 0.0f);
}

__device__ __forceinline__ void put(float *out, int row, int column, int m, int n, float value) {
    if (row < m && column < n) out[row * n + column] = value;
}

extern "C" __global__ void __launch_bounds__(32)
matmul_tf32(const float *a, const float *b, float *out, int m, int k, int n) {
    int lane = threadIdx.x, group = lane / 4, member = lane % 4;
    int row = blockIdx.y * 16 + group, column = blockIdx.x * 8;
    float c0 = 0.0f, c1 = 0.0f, c2 = 0.0f, c3 = 0.0f;
    for (int start = 0; start < k; start += 8) {
        unsigned a0 = element(a, row, start + member, m, k);
        unsigned a1 = element(a, row + 8, start + member, m, k);
        unsigned a2 = element(a, row, start + member + 4, m, k);
        unsigned a3 = element(a, row + 8, start + member + 4, m, k);
        unsigned b0 = element(b, start + member, column + group, k, n);
        unsigned b1 = element(b, start + member + 4, column + group, k, n);
        asm volatile("mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 "
                     "{%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
                     : "+f"(c0), "+f"(c1), "+f"(c2), "+f"(c3)
                     : "r"(a0), "r"(a1), "r"(a2), "r"(a3), "r"(b0), "r"(b1));
    }
    column += member * 2;
    put(out, row, column, m, n, c0);
    put(out, row, column + 1, m, n, c1);
    put(out, row + 8, column, m, n, c2);
    put(out, row + 8, column + 1, m, n, c3);
}
