"""gensim's word2vec on a corpus file, for `cargo xtask bench`: prints one line of JSON, raw words a second.

train_gensim.py CORPUS THREADS
"""

import json
import sys
import time

import gensim
from gensim.models import Word2Vec

path, threads = sys.argv[1], int(sys.argv[2])
model = Word2Vec(vector_size=100, window=5, negative=5, sample=1e-4, min_count=5, sg=1, workers=threads, seed=1)
model.build_vocab(corpus_file=path)
start = time.perf_counter()
model.train(corpus_file=path, total_words=model.corpus_total_words, total_examples=model.corpus_count, epochs=1)
seconds = time.perf_counter() - start
print(json.dumps({"unit": "words/s", "value": model.corpus_total_words / seconds, "version": gensim.__version__}))
