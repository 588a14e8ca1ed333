// `fit_warp`: one warp trains one net, its weights in registers, without shared memory or barriers.
//
// For exactly 4 rows, up to 4 inputs and up to 8 hidden neurons (the iris net and the XOR sweep). Lane `8 * i + j`
// holds hidden neuron `j` of row `i`, its column of `w0` and its `w1`; sums over neurons and rows are butterflies of
// shuffles, so they associate as a tree and agree with `fit` within a tolerance, not bit for bit.
//
// | argument | shape                    |                                                              |
// |----------|--------------------------|--------------------------------------------------------------|
// | `x`      | `(4, inputs)`            | read; the same for every net                                 |
// | `y`      | `(4)`                    | read; the same for every net                                 |
// | `w0`     | `(nets, inputs, hidden)` | trained in place                                             |
// | `w1`     | `(nets, hidden)`         | trained in place                                             |
// | `pred`   | `(nets, 4)`              | overwritten with the predictions of the last epoch           |
//
// Grid x block: `ceil(nets / 4)` x 128 (a warp a net; any multiple of 32 does). Shared memory: none.
// Compared with `fit_many`, within 1e-4 after 50 epochs.

__device__ __forceinline__ float sigmoid_of(float v) { return 1.0f / (1.0f + expf(-v)); }

extern "C" __global__ void __launch_bounds__(128, 16)
fit_warp(const float *x, const float *y, float *w0, float *w1, float *pred,
         int nets, int inputs, int hidden, int epochs, float rate) {
    const unsigned all = 0xffffffffu;
    int net = (blockIdx.x * blockDim.x + threadIdx.x) / 32;
    if (net >= nets) return;
    int i = (threadIdx.x % 32) / 8, j = threadIdx.x % 8;
    bool used = j < hidden;
    float *column = w0 + (long long)net * inputs * hidden + j;
    float xs[4], ws[4];
    #pragma unroll
    for (int k = 0; k < 4; k++) {
        xs[k] = k < inputs ? x[i * inputs + k] : 0.0f;
        ws[k] = used && k < inputs ? column[k * hidden] : 0.0f;
    }
    float v = used ? w1[(long long)net * hidden + j] : 0.0f;
    float target = y[i], p = 0.0f;
    for (int epoch = 0; epoch < epochs; epoch++) {
        float sum = 0.0f;
        #pragma unroll
        for (int k = 0; k < 4; k++) sum = fmaf(xs[k], ws[k], sum);
        // An unused lane counts as a neuron whose value is zero.
        float a = used ? sigmoid_of(sum) : 0.0f;
        float out = a * v;
        #pragma unroll
        for (int lane = 1; lane < 8; lane *= 2) out += __shfl_xor_sync(all, out, lane);
        p = sigmoid_of(out);
        float d2 = (target - p) * (p * (1.0f - p));
        float d1 = d2 * v * (a * (1.0f - a));
        float step = a * d2;
        step += __shfl_xor_sync(all, step, 8);
        step += __shfl_xor_sync(all, step, 16);
        v = fmaf(rate, step, v);
        #pragma unroll
        for (int k = 0; k < 4; k++) {
            float g = xs[k] * d1;
            g += __shfl_xor_sync(all, g, 8);
            g += __shfl_xor_sync(all, g, 16);
            ws[k] = fmaf(rate, g, ws[k]);
        }
    }
    if (j == 0) pred[(long long)net * 4 + i] = p;
    if (i == 0 && used) {
        w1[(long long)net * hidden + j] = v;
        #pragma unroll
        for (int k = 0; k < 4; k++)
            if (k < inputs) column[k * hidden] = ws[k];
    }
}
