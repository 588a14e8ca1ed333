"""Trains fastText's skip-gram without subwords on a corpus file. fasttext_train.py CORPUS [THREADS]

Prints {"unit": "words/s", "value": ...} with the settings of the comparison: 100 dimensions, window 5, 5 negatives,
sample 1e-4, min-count 5, one epoch, rate 0.025. fastText counts the words in the same call; that time, measured by a
call that counts and trains nothing to speak of (one dimension, one thread's window of 1), is taken off.
"""
import json
import sys
import time

import fasttext

corpus = sys.argv[1]
threads = int(sys.argv[2]) if len(sys.argv) > 2 else 2


def run(**settings):
    start = time.perf_counter()
    fasttext.train_unsupervised(corpus, model="skipgram", minCount=5, epoch=1, t=1e-4, lr=0.025, maxn=0, minn=0,
                                thread=threads, verbose=0, **settings)
    return time.perf_counter() - start


with open(corpus, "rb") as file:
    words = sum(len(line.split()) for line in file)
whole = run(dim=100, ws=5, neg=5)
counting = run(dim=1, ws=1, neg=1)
print(json.dumps({"unit": "words/s", "value": words / max(whole - counting, 1e-9), "whole_seconds": whole}))
