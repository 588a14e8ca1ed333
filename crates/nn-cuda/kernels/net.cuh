// What the kernels of dense nets share: how a net lies in memory, its activations, and its losses.
//
// A net is one buffer of parameters and one of ints, `shape`:
//
// | place                | holds                                                                                |
// |----------------------|--------------------------------------------------------------------------------------|
// | 0, 1, 2, 3           | number of layers, loss, optimiser, whether the loss is a mean over the batch          |
// | `4 + 8 n` and on     | layer `n`: inputs, outputs, activation, bits of the leaky share, then the places of   |
// |                      | its weights `(inputs, outputs)` and its bias `(outputs)` (-1: none) among the         |
// |                      | parameters, and of its outputs and deltas `(batch, outputs)` in the work space        |
//
// Codes and formulas are those of `nn_core`; products and sums are not contracted (`--fmad=false`), and where one
// rounding is meant `fmaf` says so, so that a sum has the same bits as nn-core's.

struct Layer {
    int inputs, outputs, activation;
    float share;
    int weights, bias, out, delta;
};

__device__ __forceinline__ Layer layer_of(const int *shape, int n) {
    const int *at = shape + 4 + 8 * n;
    return {at[0], at[1], at[2], __int_as_float(at[3]), at[4], at[5], at[6], at[7]};
}

enum { IDENTITY, SIGMOID, TANH, RELU, LEAKY_RELU };
enum { HALF_SQUARED, MEAN_SQUARED, BINARY_CROSS_ENTROPY, SOFTMAX_CROSS_ENTROPY };

__device__ __forceinline__ float sigmoid_of(float z) { return 1.0f / (1.0f + expf(-z)); }

__device__ __forceinline__ float activate(const Layer &layer, float z) {
    switch (layer.activation) {
    case SIGMOID: return sigmoid_of(z);
    case TANH: return tanhf(z);
    case RELU: return z > 0.0f ? z : 0.0f;
    case LEAKY_RELU: return z > 0.0f ? z : layer.share * z;
    default: return z;
    }
}

// The error `d` on an output `p`, carried back to the sum.
__device__ __forceinline__ float through(const Layer &layer, float d, float p) {
    switch (layer.activation) {
    case SIGMOID: return d * (p * (1.0f - p));
    case TANH: return d * (1.0f - p * p);
    case RELU: return p > 0.0f ? d : 0.0f;
    case LEAKY_RELU: return p > 0.0f ? d : d * layer.share;
    default: return d;
    }
}

// The loss of one record from its outputs `p` and answers `y`; `delta` is overwritten with `scale` times its slope by
// the last layer's sums. Sums run in index order.
__device__ __forceinline__ float loss_of(int loss, const Layer &last, const float *p, const float *y, float *delta,
                                         float scale) {
    const int n = last.outputs;
    float sum = 0.0f;
    if (loss == SOFTMAX_CROSS_ENTROPY) {
        float greatest = p[0];
        for (int j = 1; j < n; j++) greatest = p[j] > greatest ? p[j] : greatest;
        for (int j = 0; j < n; j++) {
            float e = expf(p[j] - greatest);
            delta[j] = e;
            sum += e;
        }
        float log_sum = greatest + logf(sum), total = 0.0f;
        for (int j = 0; j < n; j++) {
            total += y[j] * (log_sum - p[j]);
            delta[j] = through(last, scale * (delta[j] / sum - y[j]), p[j]);
        }
        return total;
    }
    if (loss == BINARY_CROSS_ENTROPY) {
        for (int j = 0; j < n; j++) {
            float z = p[j], positive = z > 0.0f ? z : 0.0f;
            sum = sum + positive - y[j] * z + logf(1.0f + expf(-fabsf(z)));
            delta[j] = through(last, scale * (sigmoid_of(z) - y[j]), z);
        }
        return sum;
    }
    float factor = loss == MEAN_SQUARED ? 2.0f / n : 1.0f;
    for (int j = 0; j < n; j++) {
        float e = y[j] - p[j];
        sum += e * e;
        delta[j] = through(last, scale * (factor * (p[j] - y[j])), p[j]);
    }
    return loss == MEAN_SQUARED ? sum / n : 0.5f * sum;
}
