"""Training steps of a 784-128-64-10 net, for `cargo xtask bench`: prints one line of JSON, records a second.

mlp.py numpy|pytorch|jax BATCH THREADS
"""

import json
import os
import sys
import time

library, batch, threads = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = str(threads)
if threads < len(os.sched_getaffinity(0)):
    # JAX has no option for its threads, but counts the cores that it may use.
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])

import numpy as np  # noqa: E402  (the number of threads must stand before)

N_BATCHES = 8
RATE = 0.01
rng = np.random.default_rng(42)
SIZES = [784, 128, 64, 10]
WEIGHTS = [rng.uniform(-1, 1, (i, o)).astype(np.float32) * np.float32((6 / i) ** 0.5) for i, o in zip(SIZES, SIZES[1:])]
BIASES = [np.zeros(o, np.float32) for o in SIZES[1:]]
X = rng.random((N_BATCHES, batch, 784), np.float32)
LABELS = rng.integers(0, 10, (N_BATCHES, batch))
Y = np.eye(10, dtype=np.float32)[LABELS]


def numpy_step():
    w, b = [v.copy() for v in WEIGHTS], [v.copy() for v in BIASES]
    h1, h2 = np.empty((batch, 128), np.float32), np.empty((batch, 64), np.float32)
    z = np.empty((batch, 10), np.float32)
    g = [np.empty_like(v) for v in w]
    d1, d2 = np.empty_like(h1), np.empty_like(h2)

    def step(n):
        x, y = X[n], Y[n]
        np.dot(x, w[0], out=h1)
        np.add(h1, b[0], out=h1)
        np.maximum(h1, 0, out=h1)
        np.dot(h1, w[1], out=h2)
        np.add(h2, b[1], out=h2)
        np.maximum(h2, 0, out=h2)
        np.dot(h2, w[2], out=z)
        np.add(z, b[2], out=z)
        np.subtract(z, z.max(1, keepdims=True), out=z)
        np.exp(z, out=z)
        np.divide(z, z.sum(1, keepdims=True), out=z)
        np.subtract(z, y, out=z)
        np.divide(z, batch, out=z)
        np.dot(z, w[2].T, out=d2)
        np.multiply(d2, h2 > 0, out=d2)
        np.dot(d2, w[1].T, out=d1)
        np.multiply(d1, h1 > 0, out=d1)
        for n_layer, (before, delta) in enumerate(((x, d1), (h1, d2), (h2, z))):
            np.dot(before.T, delta, out=g[n_layer])
            np.multiply(g[n_layer], RATE, out=g[n_layer])
            np.subtract(w[n_layer], g[n_layer], out=w[n_layer])
            b[n_layer] -= RATE * delta.sum(0)

    return step, lambda: None


def pytorch_step():
    import torch

    torch.set_num_threads(threads)
    layers = []
    for w, b in zip(WEIGHTS, BIASES):
        layer = torch.nn.Linear(*w.shape)
        with torch.no_grad():
            layer.weight.copy_(torch.from_numpy(w.T.copy()))
            layer.bias.copy_(torch.from_numpy(b))
        layers += [layer, torch.nn.ReLU()]
    net = torch.nn.Sequential(*layers[:-1])
    optimiser = torch.optim.SGD(net.parameters(), lr=RATE)
    x, labels = torch.from_numpy(X), torch.from_numpy(LABELS)

    def step(n):
        optimiser.zero_grad(set_to_none=True)
        torch.nn.functional.cross_entropy(net(x[n]), labels[n]).backward()
        optimiser.step()

    return step, lambda: None


def jax_step():
    import jax
    import jax.numpy as jnp

    def loss(parameters, x, y):
        w, b = parameters
        h = jax.nn.relu(x @ w[0] + b[0])
        h = jax.nn.relu(h @ w[1] + b[1])
        return -jnp.mean(jnp.sum(y * jax.nn.log_softmax(h @ w[2] + b[2]), axis=1))

    @jax.jit
    def descend(parameters, x, y):
        return jax.tree.map(lambda p, g: p - RATE * g, parameters, jax.grad(loss)(parameters, x, y))

    state = [([jnp.asarray(v) for v in WEIGHTS], [jnp.asarray(v) for v in BIASES])]
    xs, ys = [jnp.asarray(x) for x in X], [jnp.asarray(y) for y in Y]

    def step(n):
        state[0] = descend(state[0], xs[n], ys[n])

    return step, lambda: jax.block_until_ready(state[0])


step, finish = {"numpy": numpy_step, "pytorch": pytorch_step, "jax": jax_step}[library]()
n_steps = max(1, 60_000 // batch)
fastest = float("inf")
for _ in range(10):
    start = time.perf_counter()
    for n in range(n_steps):
        step(n % N_BATCHES)
    finish()
    fastest = min(fastest, time.perf_counter() - start)
print(json.dumps({"unit": "records/s", "value": n_steps * batch / fastest}))
