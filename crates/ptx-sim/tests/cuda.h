// What the kernels take from CUDA, on top of clang's own built-in functions: enough to compile them without a toolkit.
//
// The exponential, the logarithm and the hyperbolic tangent are other formulas than NVIDIA's, within a few ULP of them.

#define __global__ __attribute__((global))
#define __device__ __attribute__((device))
#define __shared__ __attribute__((shared))
#define __forceinline__ inline __attribute__((always_inline))
#define __launch_bounds__(...) __attribute__((launch_bounds(__VA_ARGS__)))

struct Place {
    unsigned x, y, z;
};

#define PLACE_OF(name)                                                                                                 \
    (Place{unsigned(__nvvm_read_ptx_sreg_##name##_x()), unsigned(__nvvm_read_ptx_sreg_##name##_y()),                   \
           unsigned(__nvvm_read_ptx_sreg_##name##_z())})
#define threadIdx PLACE_OF(tid)
#define blockIdx PLACE_OF(ctaid)
#define blockDim PLACE_OF(ntid)
#define gridDim PLACE_OF(nctaid)

static __device__ __forceinline__ void __threadfence() { __nvvm_membar_gl(); }

static __device__ __forceinline__ unsigned atomicAdd(unsigned *at, unsigned n) {
    return __nvvm_atom_add_gen_i((int *)at, n);
}

static __device__ __forceinline__ float __shfl_xor_sync(unsigned members, float v, int lanes) {
    return __nvvm_shfl_sync_bfly_f32(members, v, lanes, 31);
}

static __device__ __forceinline__ float __int_as_float(int bits) { return __builtin_bit_cast(float, bits); }
static __device__ __forceinline__ float fmaf(float a, float b, float c) { return __nvvm_fma_rn_f(a, b, c); }
static __device__ __forceinline__ float fabsf(float v) { return __nvvm_fabs_f(v); }
static __device__ __forceinline__ float sqrtf(float v) { return __nvvm_sqrt_rn_f(v); }

// e^v = 2^n 2^r, n whole and r what is left, from v / ln 2 in two parts: the rounded product, and what it lost.
static __device__ __forceinline__ float expf(float v) {
    const float high = 1.44269502f, low = 1.92596299e-8f;
    float n = __nvvm_floor_f(v * high + 0.5f);
    float r = __nvvm_fma_rn_f(v, low, __nvvm_fma_rn_f(v, high, -n));
    return n > 127.0f ? __builtin_inff() : n < -126.0f ? 0.0f : __nvvm_ex2_approx_f(r) * __nvvm_ex2_approx_f(n);
}

static __device__ __forceinline__ float logf(float v) { return __nvvm_lg2_approx_f(v) * 0.693147182f; }

static __device__ __forceinline__ float tanhf(float v) {
    float e = expf(-2.0f * fabsf(v)), t = (1.0f - e) / (1.0f + e);
    return v < 0.0f ? -t : t;
}
