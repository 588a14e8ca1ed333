// The whole training loop of a net with one hidden layer, in one launch: `fit` for one net, `fit_many` for a grid.
//
// Sigmoid on both layers, no biases, full batch, gradient descent on half the summed squared error.
//
// | argument | shape               |                                                                 |
// |----------|---------------------|-----------------------------------------------------------------|
// | `x`      | `(rows, inputs)`    | read; the same for every net                                    |
// | `y`      | `(rows)`            | read; the same for every net                                    |
// | `w0`     | `(inputs, hidden)`  | trained in place; net `g` of `fit_many` starts at `g` such sizes |
// | `w1`     | `(hidden)`          | trained in place, likewise                                      |
// | `pred`   | `(rows)`            | overwritten with the predictions of the last epoch, likewise    |
//
// Grid: 1 for `fit`, the number of nets for `fit_many`; any block, best `rows * hidden` rounded up to whole warps.
// Dynamic shared memory: `4 * (rows * inputs + inputs * hidden + hidden + 2 * rows * hidden + 2 * rows)` bytes.
// The hidden layer's delta uses `w1` before its update; sums run in index order through `fmaf`.
// Plain version: `nn_core::TwoLayer`, within 2e-6 after 50 epochs.

__device__ __forceinline__ float sigmoid_of(float v) { return 1.0f / (1.0f + expf(-v)); }

__device__ __forceinline__ void train(const float *x_in, const float *y, float *w0_io, float *w1_io, float *pred_out,
                                      int rows, int inputs, int hidden, int epochs, float rate) {
    extern __shared__ float shared[];
    float *x = shared;
    float *w0 = x + rows * inputs;
    float *w1 = w0 + inputs * hidden;
    float *a1 = w1 + hidden;
    float *d1 = a1 + rows * hidden;
    float *pred = d1 + rows * hidden;
    float *d2 = pred + rows;
    const int t = threadIdx.x, step = blockDim.x;
    #pragma unroll 1
    for (int e = t; e < rows * inputs; e += step) x[e] = x_in[e];
    #pragma unroll 1
    for (int e = t; e < inputs * hidden; e += step) w0[e] = w0_io[e];
    #pragma unroll 1
    for (int e = t; e < hidden; e += step) w1[e] = w1_io[e];
    __syncthreads();
    for (int epoch = 0; epoch < epochs; epoch++) {
        // Forward: the hidden layer, then the output and its delta.
        #pragma unroll 1
        for (int e = t; e < rows * hidden; e += step) {
            int i = e / hidden, j = e % hidden;
            float sum = 0.0f;
            #pragma unroll 4
            for (int k = 0; k < inputs; k++) sum = fmaf(x[i * inputs + k], w0[k * hidden + j], sum);
            a1[e] = sigmoid_of(sum);
        }
        __syncthreads();
        #pragma unroll 1
        for (int i = t; i < rows; i += step) {
            float sum = 0.0f;
            #pragma unroll 4
            for (int j = 0; j < hidden; j++) sum = fmaf(a1[i * hidden + j], w1[j], sum);
            float p = sigmoid_of(sum);
            pred[i] = p;
            d2[i] = (y[i] - p) * (p * (1.0f - p));
        }
        __syncthreads();
        // Backward: the hidden delta needs the old w1, so the weights move only after the barrier.
        #pragma unroll 1
        for (int e = t; e < rows * hidden; e += step) {
            int i = e / hidden, j = e % hidden;
            float a = a1[e];
            d1[e] = d2[i] * w1[j] * (a * (1.0f - a));
        }
        __syncthreads();
        #pragma unroll 1
        for (int e = t; e < inputs * hidden; e += step) {
            int k = e / hidden, j = e % hidden;
            float sum = 0.0f;
            #pragma unroll 4
            for (int i = 0; i < rows; i++) sum = fmaf(x[i * inputs + k], d1[i * hidden + j], sum);
            w0[e] = fmaf(rate, sum, w0[e]);
        }
        #pragma unroll 1
        for (int j = t; j < hidden; j += step) {
            float sum = 0.0f;
            #pragma unroll 4
            for (int i = 0; i < rows; i++) sum = fmaf(a1[i * hidden + j], d2[i], sum);
            w1[j] = fmaf(rate, sum, w1[j]);
        }
        __syncthreads();
    }
    #pragma unroll 1
    for (int e = t; e < inputs * hidden; e += step) w0_io[e] = w0[e];
    #pragma unroll 1
    for (int e = t; e < hidden; e += step) w1_io[e] = w1[e];
    #pragma unroll 1
    for (int e = t; e < rows; e += step) pred_out[e] = pred[e];
}

extern "C" __global__ void __launch_bounds__(256, 6)
fit(const float *x, const float *y, float *w0, float *w1, float *pred,
    int rows, int inputs, int hidden, int epochs, float rate) {
    train(x, y, w0, w1, pred, rows, inputs, hidden, epochs, rate);
}

extern "C" __global__ void __launch_bounds__(256, 6)
fit_many(const float *x, const float *y, float *w0, float *w1, float *pred,
         int rows, int inputs, int hidden, int epochs, float rate) {
    long long net = blockIdx.x;
    train(x, y, w0 + net * inputs * hidden, w1 + net * hidden, pred + net * rows, rows, inputs, hidden, epochs, rate);
}
