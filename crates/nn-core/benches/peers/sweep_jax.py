"""Very many XOR nets at once in JAX, for `cargo xtask bench`: prints one line of JSON, nets a second.

sweep_jax.py EPOCHS NETS
"""

import json
import sys
import time

import jax
import jax.numpy as jnp

X = jnp.array([[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]], jnp.float32)
Y = jnp.array([[0], [1], [1], [0]], jnp.float32)


def train(w0, w1, epochs):
    def epoch(weights, _):
        w0, w1 = weights
        hidden = jax.nn.sigmoid(X @ w0)
        pred = jax.nn.sigmoid(hidden @ w1)
        d1 = (Y - pred) * pred * (1 - pred)
        d0 = d1 @ w1.T * hidden * (1 - hidden)
        return (w0 + X.T @ d0, w1 + hidden.T @ d1), None

    (w0, w1), _ = jax.lax.scan(epoch, (w0, w1), None, length=epochs)
    return 0.5 * jnp.sum((Y - jax.nn.sigmoid(jax.nn.sigmoid(X @ w0) @ w1)) ** 2)


def main():
    epochs, nets = int(sys.argv[1]), int(sys.argv[2])
    k0, k1 = jax.random.split(jax.random.key(42))
    w0 = jax.random.uniform(k0, (nets, 3, 4), jnp.float32, -1, 1)
    w1 = jax.random.uniform(k1, (nets, 4, 1), jnp.float32, -1, 1)
    all_nets = jax.jit(jax.vmap(lambda w0, w1: train(w0, w1, epochs)))
    compiled = all_nets.lower(w0, w1).compile()
    start = time.perf_counter()
    compiled(w0, w1).block_until_ready()
    print(json.dumps({"unit": "nets/s", "value": nets / (time.perf_counter() - start), "version": jax.__version__}))


main()
