"""The post's XOR net in PyTorch by autograd, for `cargo xtask bench`: prints one line of JSON, nanoseconds an epoch.

posts_pytorch.py EPOCHS REPEAT
"""

import json
import sys
import time

import torch

torch.set_num_threads(1)


def train(epochs):
    torch.manual_seed(42)
    x = torch.tensor([[0.0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]])
    y = torch.tensor([[0.0], [1], [1], [0]])
    w0 = (2 * torch.rand(3, 4) - 1).requires_grad_()
    w1 = (2 * torch.rand(4, 1) - 1).requires_grad_()
    optimiser = torch.optim.SGD([w0, w1], lr=1.0)
    for _ in range(epochs):
        optimiser.zero_grad(set_to_none=True)
        loss = 0.5 * ((y - torch.sigmoid(torch.sigmoid(x @ w0) @ w1)) ** 2).sum()
        loss.backward()
        optimiser.step()


epochs, repeat = int(sys.argv[1]), int(sys.argv[2])
fastest = float("inf")
for _ in range(3):
    start = time.perf_counter()
    for _ in range(repeat):
        train(epochs)
    fastest = min(fastest, time.perf_counter() - start)
print(json.dumps({"unit": "ns/epoch", "value": fastest * 1e9 / (epochs * repeat), "version": torch.__version__}))
