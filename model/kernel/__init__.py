"""The compiled engine: C for tokenizing, the wide part and the LSTM, and the Python that builds, loads and calls it.

Without a compiler nothing is built, and the NumPy engine computes the same. To read it from the front door inwards:

    engine          what a classifier calls; Python's side of the two parts, with `wide.c` and `deep.c` below them
    encoder         texts to ids: `encode.c` looks up whole pieces, `splitting.c` takes apart those that it does not know
    programs        a language's patterns as programs for the matcher in `programs.c`
    newcomers.c     words that the vocabulary lacks, and their ids; `keys.c` finds those that it has
    build, binding  the sources compiled for CPUs with AVX-512, with AVX2, and for any; which one is loaded

`kernel.h` says what the C files share. Each allocates what it holds and frees it; nothing in C reads a file or an environment.
"""
