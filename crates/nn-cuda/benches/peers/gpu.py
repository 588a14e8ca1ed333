"""What cuBLAS and PyTorch do in the place of our kernels: one JSON object, with what is not here said in `missing`.

cuBLAS is called by itself, through the CUDA runtime, without PyTorch. The ids are those of `examples/measure.rs` with
the peer's name in front. Times are the median of nine runs by the host's clock, the device synchronised before and after.
"""

import ctypes
import json
import statistics
import time

SIDES = (512, 1024, 2048)
RUNS = 9


def measure(once, wait):
    """Seconds of the middle run of nine, after one to warm up."""
    seconds = []
    for _ in range(RUNS + 1):
        wait()
        start = time.perf_counter()
        once()
        wait()
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds[1:])


def library(*names):
    for name in names:
        try:
            return ctypes.CDLL(name)
        except OSError:
            continue
    raise OSError(f"no {names[0]} on this system")


def done(code, what):
    if code != 0:
        raise OSError(f"{what} returned {code}")


def cublas(figures):
    """Square products in f32 and in TF32, ten a run."""
    cuda = library("libcudart.so", "libcudart.so.12", "libcudart.so.13", "libcudart.so.11.0")
    blas = library("libcublas.so", "libcublas.so.12", "libcublas.so.13", "libcublas.so.11")
    handle = ctypes.c_void_p()
    done(blas.cublasCreate_v2(ctypes.byref(handle)), "cublasCreate")
    one, zero = ctypes.c_float(1), ctypes.c_float(0)
    for side in SIDES:
        host = (ctypes.c_float * (side * side))(*([0.5] * (side * side)))
        matrices = [ctypes.c_void_p() for _ in range(3)]
        for matrix in matrices:
            done(cuda.cudaMalloc(ctypes.byref(matrix), ctypes.c_size_t(4 * side * side)), "cudaMalloc")
            done(cuda.cudaMemcpy(matrix, host, ctypes.c_size_t(4 * side * side), 1), "cudaMemcpy")
        a, b, c = matrices

        def products():
            for _ in range(10):
                done(blas.cublasSgemm_v2(handle, 0, 0, side, side, side, ctypes.byref(one), a, side, b, side,
                                         ctypes.byref(zero), c, side), "cublasSgemm")

        # CUBLAS_DEFAULT_MATH is 0, CUBLAS_TF32_TENSOR_OP_MATH is 3.
        for mode, name in ((0, "f32"), (3, "tf32")):
            done(blas.cublasSetMathMode(handle, mode), "cublasSetMathMode")
            seconds = measure(products, lambda: done(cuda.cudaDeviceSynchronize(), "cudaDeviceSynchronize"))
            figures.append({"id": f"cublas-{name}-{side}", "unit": "GFLOP/s",
                            "value": 10 * 2 * side**3 / 1e9 / seconds, "seconds": seconds})
        for matrix in matrices:
            cuda.cudaFree(matrix)
    blas.cublasDestroy_v2(handle)


def torch_training(figures):
    """An epoch of 784-128-64-10 by PyTorch, eager and as a CUDA graph of one step; returns its version."""
    import torch

    if not torch.cuda.is_available():
        raise OSError("PyTorch is here, but finds no GPU")
    wait = torch.cuda.synchronize
    for side in SIDES:
        a, b = (torch.rand(side, side, device="cuda") for _ in range(2))
        for allow, name in ((False, "f32"), (True, "tf32")):
            torch.backends.cuda.matmul.allow_tf32 = allow
            seconds = measure(lambda: [a @ b for _ in range(10)], wait)
            figures.append({"id": f"pytorch-{name}-{side}", "unit": "GFLOP/s",
                            "value": 10 * 2 * side**3 / 1e9 / seconds, "seconds": seconds})
    torch.backends.cuda.matmul.allow_tf32 = False
    rows = 8192
    host_x, host_y = torch.rand(rows, 784), torch.arange(rows) % 10
    for batch in (64, 512):
        net = torch.nn.Sequential(torch.nn.Linear(784, 128), torch.nn.ReLU(), torch.nn.Linear(128, 64),
                                  torch.nn.ReLU(), torch.nn.Linear(64, 10)).cuda()
        loss, descent = torch.nn.CrossEntropyLoss(), torch.optim.SGD(net.parameters(), lr=0.05)

        def step(x, y):
            descent.zero_grad(set_to_none=False)
            loss(net(x), y).backward()
            descent.step()

        def eager():
            x, y = host_x.cuda(), host_y.cuda()
            for at in torch.randperm(rows, device="cuda").split(batch):
                step(x[at], y[at])

        def record(name, once):
            seconds = measure(once, wait)
            figures.append({"id": f"pytorch-digits-{batch}-{name}", "unit": "records/s",
                            "value": rows / seconds, "seconds": seconds})

        record("eager", eager)
        still_x, still_y = torch.rand(batch, 784, device="cuda"), torch.zeros(batch, dtype=torch.long, device="cuda")
        side_stream = torch.cuda.Stream()
        side_stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side_stream):
            for _ in range(3):
                step(still_x, still_y)
        torch.cuda.current_stream().wait_stream(side_stream)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            step(still_x, still_y)

        def replayed():
            x, y = host_x.cuda(), host_y.cuda()
            for at in torch.randperm(rows, device="cuda").split(batch):
                still_x.copy_(x[at])
                still_y.copy_(y[at])
                graph.replay()

        record("graph", replayed)
    return torch.__version__


def main():
    figures, missing, versions = [], {}, {}
    for name, work in (("cublas", cublas), ("pytorch", torch_training)):
        try:
            versions[name] = work(figures)
        except (OSError, ImportError, AttributeError) as error:
            missing[name] = f"not here: {error}"
    print(json.dumps({"figures": figures, "missing": missing,
                      "versions": {name: version for name, version in versions.items() if version}}))


main()
