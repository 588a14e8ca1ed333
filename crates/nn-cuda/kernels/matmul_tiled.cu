// `matmul_tiled`: `out = a * b` through 16 x 16 tiles in shared memory.
//
// | argument | shape    |             |
// |----------|----------|-------------|
// | `a`      | `(m, k)` | read        |
// | `b`      | `(k, n)` | read        |
// | `out`    | `(m, n)` | overwritten |
//
// Grid: `(ceil(n / 16), ceil(m / 16))`; block: `(16, 16)`; static shared memory: 2,112 bytes (a row of a tile of `b`
// is padded by one against bank conflicts). Ragged edges are filled with zeros, which leave an `fmaf` sum unchanged
// in all but the sign of a zero. Plain version: `nn_cuda::plain::dot`, bit for bit where `k` is a multiple of 16.

extern "C" __global__ void __launch_bounds__(256)
matmul_tiled(const float *a, const float *b, float *out, int m, int k, int n) {
    __shared__ float tile_a[16][16];
    __shared__ float tile_b[16][17];
    int tx = threadIdx.x, ty = threadIdx.y;
    int row = blockIdx.y * 16 + ty, column = blockIdx.x * 16 + tx;
    float sum = 0.0f;
    for (int start = 0; start < k; start += 16) {
        tile_a[ty][tx] = row < m && start + tx < k ? a[row * k + start + tx] : 0.0f;
        tile_b[ty][tx] = column < n && start + ty < k ? b[(start + ty) * n + column] : 0.0f;
        __syncthreads();
        #pragma unroll
        for (int p = 0; p < 16; p++) sum = fmaf(tile_a[ty][p], tile_b[p][tx], sum);
        __syncthreads();
    }
    if (row < m && column < n) out[row * n + column] = sum;
}
