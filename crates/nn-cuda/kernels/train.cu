// Mini-batch training of a dense net of any widths, such as MNIST's 784-128-64-10: `train_cooperative` runs many steps
// in one launch, its blocks meeting at grid-wide barriers; `step_forward`, `step_loss`, `step_back`, `step_update` and
// `step_next` are the same step as kernels of their own, for a CUDA graph or plain launches. Both give the same bits,
// for any grid.
//
// | argument      | shape                 |                                                                          |
// |---------------|-----------------------|--------------------------------------------------------------------------|
// | `x`           | `(records, inputs)`   | read                                                                     |
// | `y`           | `(records, outputs)`  | read                                                                     |
// | `order`       | `(epochs * records)`  | read: which record comes when; an epoch's last batch may be smaller      |
// | `rates`       | `(steps, 3)`          | read: the step's rate (Adam's: freed of bias), Adam's correction of the  |
// |               |                       | root, and what AdamW keeps of a weight                                   |
// | `settings`    | `(7)`                 | read: decay, cut (0: none), beta1, 1 - beta1, beta2, 1 - beta2, epsilon  |
// | `shape`       | see `net.cuh`         | read                                                                     |
// | `params`      | `(parameters)`        | trained in place                                                         |
// | `m`, `v`      | `(parameters)`        | the optimiser's means, moved in place; not touched where it keeps none   |
// | `work`        | see `net.cuh`         | overwritten                                                              |
// | `row_losses`  | `(batch)`             | overwritten                                                              |
// | `step_losses` | `(steps)`             | overwritten with each step's loss before it, summed or averaged          |
// | `arrived`     | `(1)`                 | must be 0 at the launch: how often blocks have come to a barrier         |
// | `step`        | `(1)`                 | the step that the kernels of a graph are at; `step_next` counts it       |
//
// Grid: any for `train_cooperative` as long as all blocks are resident together (a cooperative launch checks that), and
// any for the others; block: `(16, 16)`, a tile of a product at a time. Static shared memory: 2,176 bytes.
//
// Plain version: `nn_core::Net::fit` in f32, to the last bit where no exponential, logarithm or hyperbolic tangent is
// taken (a squared loss; identity, ReLU and leaky ReLU); with those, a step's loss is within 1e-5 of its own size.

#include "net.cuh"

enum { SGD, MOMENTUM, NESTEROV, RMS_PROP, ADAM, ADAM_W };

const int SIDE = 16, THREADS = SIDE * SIDE;

struct Tiles {
    float a[SIDE][SIDE + 1], b[SIDE][SIDE + 1];
};

// This thread's element of `start + a * b`: the one at (`row`, `column`) of the tile that begins there. `a` and `b` give
// 0 beyond their edges; a factor that lies turned in memory is loaded by its own rows.
template <bool turn_a, bool turn_b, class A, class B>
__device__ __forceinline__ float product(Tiles &tiles, int row, int column, int k, float start, A a, B b) {
    const int tx = threadIdx.x, ty = threadIdx.y;
    float sum = start;
    #pragma unroll 1
    for (int s = 0; s < k; s += SIDE) {
        if (turn_a) tiles.a[tx][ty] = a(row + tx, s + ty);
        else tiles.a[ty][tx] = a(row + ty, s + tx);
        if (turn_b) tiles.b[tx][ty] = b(s + tx, column + ty);
        else tiles.b[ty][tx] = b(s + ty, column + tx);
        __syncthreads();
        #pragma unroll
        for (int p = 0; p < SIDE; p++) sum = fmaf(tiles.a[ty][p], tiles.b[p][tx], sum);
        __syncthreads();
    }
    return sum;
}

// The records of one step: where they begin in `order`, and how many they are.
struct Batch {
    const int *records;
    int rows;
};

__device__ __forceinline__ Batch batch_of(const int *order, int step, int records, int batch) {
    const int steps = (records + batch - 1) / batch, first = step % steps * batch;
    const int rows = records - first < batch ? records - first : batch;
    return {order + (long long)(step / steps) * records + first, rows};
}

__device__ __forceinline__ float input(const float *x, const int *shape, const float *work, const Batch &batch, int n,
                                       const Layer &layer, int row, int column) {
    if (row >= batch.rows || column >= layer.inputs) return 0.0f;
    if (n == 0) return x[(long long)batch.records[row] * layer.inputs + column];
    return work[layer_of(shape, n - 1).out + row * layer.inputs + column];
}

__device__ __forceinline__ float scale_of(const int *shape, const Batch &batch) {
    return shape[3] ? 1.0f / batch.rows : 1.0f;
}

__device__ __forceinline__ void forward(Tiles &tiles, const float *x, const int *shape, const float *params, float *work,
                                        const Batch &batch, int n) {
    const Layer layer = layer_of(shape, n);
    const int across = (layer.outputs + SIDE - 1) / SIDE, jobs = (batch.rows + SIDE - 1) / SIDE * across;
    for (int job = blockIdx.x; job < jobs; job += gridDim.x) {
        const int row = job / across * SIDE, column = job % across * SIDE;
        const int i = row + threadIdx.y, j = column + threadIdx.x;
        const float start = layer.bias >= 0 && j < layer.outputs ? params[layer.bias + j] : 0.0f;
        const float z = product<false, false>(
            tiles, row, column, layer.inputs, start,
            [&](int r, int k) { return input(x, shape, work, batch, n, layer, r, k); },
            [&](int k, int c) {
                bool inside = k < layer.inputs && c < layer.outputs;
                return inside ? params[layer.weights + k * layer.outputs + c] : 0.0f;
            });
        if (i < batch.rows && j < layer.outputs) work[layer.out + i * layer.outputs + j] = activate(layer, z);
    }
}

__device__ __forceinline__ void loss_and_last_delta(const float *y, const int *shape, float *work, float *row_losses,
                                                    const Batch &batch) {
    const Layer last = layer_of(shape, shape[0] - 1);
    const float scale = scale_of(shape, batch);
    const int thread = threadIdx.y * SIDE + threadIdx.x;
    for (int row = blockIdx.x * THREADS + thread; row < batch.rows; row += gridDim.x * THREADS) {
        const float *answers = y + (long long)batch.records[row] * last.outputs;
        const int at = row * last.outputs;
        row_losses[row] = loss_of(shape[1], last, work + last.out + at, answers, work + last.delta + at, scale);
    }
}

// The deltas of layer `n - 1` from those of layer `n`.
__device__ __forceinline__ void back(Tiles &tiles, const int *shape, const float *params, float *work, const Batch &batch,
                                     int n) {
    const Layer layer = layer_of(shape, n), below = layer_of(shape, n - 1);
    const int across = (layer.inputs + SIDE - 1) / SIDE, jobs = (batch.rows + SIDE - 1) / SIDE * across;
    for (int job = blockIdx.x; job < jobs; job += gridDim.x) {
        const int row = job / across * SIDE, column = job % across * SIDE;
        const int i = row + threadIdx.y, j = column + threadIdx.x;
        const float d = product<false, true>(
            tiles, row, column, layer.outputs, 0.0f,
            [&](int r, int k) {
                bool inside = r < batch.rows && k < layer.outputs;
                return inside ? work[layer.delta + r * layer.outputs + k] : 0.0f;
            },
            [&](int k, int c) {
                bool inside = k < layer.outputs && c < layer.inputs;
                return inside ? params[layer.weights + c * layer.outputs + k] : 0.0f;
            });
        if (i < batch.rows && j < layer.inputs) {
            const int at = i * layer.inputs + j;
            work[below.delta + at] = through(below, d, work[below.out + at]);
        }
    }
}

// Moves parameter `at` along its gradient `g`, as `nn_core::Optimiser` does.
__device__ __forceinline__ void follow(const float *rates, const float *settings, int optimiser, float *params, float *m,
                                       float *v, int at, float g, bool is_bias) {
    const float decay = settings[0], cut = settings[1];
    const float beta1 = settings[2], rest1 = settings[3], beta2 = settings[4], rest2 = settings[5];
    const float epsilon = settings[6], rate = rates[0];
    float w = params[at];
    if (decay > 0.0f && !is_bias) g = g + decay * w;
    if (cut > 0.0f) g = g > cut ? cut : g < -cut ? -cut : g;
    float mean, square;
    switch (optimiser) {
    case SGD: w = w - rate * g; break;
    case MOMENTUM:
        m[at] = mean = beta1 * m[at] + g;
        w = w - rate * mean;
        break;
    case NESTEROV:
        m[at] = mean = beta1 * m[at] + g;
        w = w - rate * (g + beta1 * mean);
        break;
    case RMS_PROP:
        v[at] = square = beta2 * v[at] + rest2 * (g * g);
        w = w - rate * g / (sqrtf(square) + epsilon);
        break;
    default:
        if (optimiser == ADAM_W && !is_bias) w = w * rates[2];
        m[at] = mean = beta1 * m[at] + rest1 * g;
        v[at] = square = beta2 * v[at] + rest2 * (g * g);
        w = w - rate * mean / (sqrtf(square) * rates[1] + epsilon);
    }
    params[at] = w;
}

// The gradient of layer `n` and its step down, a tile at a time; `skip` jobs were given to the blocks before these.
__device__ __forceinline__ int update(Tiles &tiles, const float *x, const float *rates, const float *settings,
                                      const int *shape, float *params, float *m, float *v, const float *work,
                                      const Batch &batch, int n, int skip) {
    const Layer layer = layer_of(shape, n);
    const int across = (layer.outputs + SIDE - 1) / SIDE, jobs = (layer.inputs + SIDE - 1) / SIDE * across;
    for (int job = (blockIdx.x + gridDim.x - skip % gridDim.x) % gridDim.x; job < jobs; job += gridDim.x) {
        const int row = job / across * SIDE, column = job % across * SIDE;
        const int i = row + threadIdx.y, j = column + threadIdx.x;
        const float g = product<true, false>(
            tiles, row, column, batch.rows, 0.0f,
            [&](int r, int k) { return input(x, shape, work, batch, n, layer, k, r); },
            [&](int k, int c) {
                bool inside = k < batch.rows && c < layer.outputs;
                return inside ? work[layer.delta + k * layer.outputs + c] : 0.0f;
            });
        if (i < layer.inputs && j < layer.outputs)
            follow(rates, settings, shape[2], params, m, v, layer.weights + i * layer.outputs + j, g, false);
        if (layer.bias >= 0 && i == 0 && j < layer.outputs) {
            float sum = 0.0f;
            for (int r = 0; r < batch.rows; r++) sum += work[layer.delta + r * layer.outputs + j];
            follow(rates, settings, shape[2], params, m, v, layer.bias + j, sum, true);
        }
    }
    return skip + jobs;
}

__device__ __forceinline__ void sum_losses(const int *shape, const float *row_losses, float *step_loss,
                                           const Batch &batch) {
    if (blockIdx.x != gridDim.x - 1 || threadIdx.x != 0 || threadIdx.y != 0) return;
    float sum = 0.0f;
    for (int row = 0; row < batch.rows; row++) sum += row_losses[row];
    *step_loss = sum * scale_of(shape, batch);
}

// Returns when all blocks have come. What a block wrote before is seen by all after: the fence on either side makes the
// counter's atomic addition and its reading a release and an acquire for the whole device.
__device__ __forceinline__ void meet(unsigned *arrived, unsigned &wanted) {
    wanted += gridDim.x;
    __syncthreads();
    if (threadIdx.x == 0 && threadIdx.y == 0) {
        __threadfence();
        atomicAdd(arrived, 1u);
        // Signed, so that the count may wrap.
        while ((int)(*(volatile unsigned *)arrived - wanted) < 0) asm volatile("nanosleep.u32 20;");
        __threadfence();
    }
    __syncthreads();
}

extern "C" __global__ void __launch_bounds__(256)
train_cooperative(const float *x, const float *y, const int *order, const float *rates, const float *settings,
                  const int *shape, float *params, float *m, float *v, float *work, float *row_losses,
                  float *step_losses, unsigned *arrived, int records, int batch_size, int steps) {
    __shared__ Tiles tiles;
    const int n_layers = shape[0];
    unsigned wanted = 0;
    for (int step = 0; step < steps; step++) {
        const Batch batch = batch_of(order, step, records, batch_size);
        for (int n = 0; n < n_layers; n++) {
            forward(tiles, x, shape, params, work, batch, n);
            meet(arrived, wanted);
        }
        loss_and_last_delta(y, shape, work, row_losses, batch);
        meet(arrived, wanted);
        for (int n = n_layers - 1; n > 0; n--) {
            back(tiles, shape, params, work, batch, n);
            meet(arrived, wanted);
        }
        sum_losses(shape, row_losses, step_losses + step, batch);
        for (int n = 0, skip = 0; n < n_layers; n++)
            skip = update(tiles, x, rates + 3 * step, settings, shape, params, m, v, work, batch, n, skip);
        meet(arrived, wanted);
    }
}

extern "C" __global__ void __launch_bounds__(256)
step_forward(const float *x, const int *order, const int *shape, const float *params, float *work, const int *step,
             int records, int batch_size, int layer) {
    __shared__ Tiles tiles;
    forward(tiles, x, shape, params, work, batch_of(order, *step, records, batch_size), layer);
}

extern "C" __global__ void __launch_bounds__(256)
step_loss(const float *y, const int *order, const int *shape, float *work, float *row_losses, const int *step,
          int records, int batch_size) {
    loss_and_last_delta(y, shape, work, row_losses, batch_of(order, *step, records, batch_size));
}

extern "C" __global__ void __launch_bounds__(256)
step_back(const int *order, const int *shape, const float *params, float *work, const int *step, int records,
          int batch_size, int layer) {
    __shared__ Tiles tiles;
    back(tiles, shape, params, work, batch_of(order, *step, records, batch_size), layer);
}

extern "C" __global__ void __launch_bounds__(256)
step_update(const float *x, const int *order, const float *rates, const float *settings, const int *shape, float *params,
            float *m, float *v, const float *work, const float *row_losses, float *step_losses, const int *step,
            int records, int batch_size, int layer) {
    __shared__ Tiles tiles;
    const Batch batch = batch_of(order, *step, records, batch_size);
    if (layer == 0) sum_losses(shape, row_losses, step_losses + *step, batch);
    update(tiles, x, rates + 3 * *step, settings, shape, params, m, v, work, batch, layer, 0);
}

extern "C" __global__ void step_next(int *step) { *step += 1; }
