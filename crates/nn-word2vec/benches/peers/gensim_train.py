"""Trains gensim's word2vec on a corpus file. gensim_train.py CORPUS [THREADS [OUTPUT [SEED]]]

Prints {"unit": "words/s", "value": ...}: raw words a second of training, the vocabulary's count left out, with the
settings of the comparison: 100 dimensions, window 5, 5 negatives, sample 1e-4, min-count 5, one epoch, rate 0.025.
"""
import json
import sys
import time

import gensim
from gensim.models import Word2Vec

corpus = sys.argv[1]
threads = int(sys.argv[2]) if len(sys.argv) > 2 else 2
seed = int(sys.argv[4]) if len(sys.argv) > 4 else 1
model = Word2Vec(vector_size=100, window=5, negative=5, sample=1e-4, min_count=5, sg=1, hs=0, alpha=0.025,
                 min_alpha=0.025e-4, workers=threads, epochs=1, seed=seed)
model.build_vocab(corpus_file=corpus)
start = time.perf_counter()
model.train(corpus_file=corpus, total_examples=model.corpus_count, total_words=model.corpus_total_words, epochs=1)
seconds = time.perf_counter() - start
if len(sys.argv) > 3:
    model.wv.save_word2vec_format(sys.argv[3], binary=sys.argv[3].endswith(".bin"))
print(json.dumps({"unit": "words/s", "value": model.corpus_total_words / seconds, "version": gensim.__version__}))
