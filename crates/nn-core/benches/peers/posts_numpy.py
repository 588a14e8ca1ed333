"""The posts' nets in NumPy, for `cargo xtask bench`: prints one line of JSON, nanoseconds an epoch.

posts_numpy.py iris|xor EPOCHS REPEAT
"""

import json
import sys
import time

import numpy as np


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def iris(epochs):
    x = np.array([[5.1, 3.5, 1.4, 0.2], [4.9, 3.0, 1.4, 0.2], [6.2, 3.4, 5.4, 2.3], [5.9, 3.0, 5.1, 1.8]], np.float32)
    y = np.array([0, 0, 1, 1], np.float32)
    w = np.full(4, 0.5, np.float32)
    for _ in range(epochs):
        pred = sigmoid(x @ w)
        w += x.T @ ((y - pred) * pred * (1 - pred))


def xor(epochs):
    x = np.array([[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]], np.float64)
    y = np.array([[0], [1], [1], [0]], np.float64)
    rng = np.random.default_rng(42)
    w0, w1 = rng.uniform(-1, 1, (3, 4)), rng.uniform(-1, 1, (4, 1))
    for _ in range(epochs):
        hidden = sigmoid(x @ w0)
        pred = sigmoid(hidden @ w1)
        d1 = (y - pred) * pred * (1 - pred)
        d0 = d1 @ w1.T * hidden * (1 - hidden)
        w1 += hidden.T @ d1
        w0 += x.T @ d0


def main():
    train = {"iris": iris, "xor": xor}[sys.argv[1]]
    epochs, repeat = int(sys.argv[2]), int(sys.argv[3])
    fastest = float("inf")
    for _ in range(5):
        start = time.perf_counter()
        for _ in range(repeat):
            train(epochs)
        fastest = min(fastest, time.perf_counter() - start)
    print(json.dumps({"unit": "ns/epoch", "value": fastest * 1e9 / (epochs * repeat), "version": np.__version__}))


main()
