"""The compiled engine: C for tokenizing, the wide part and the LSTM, and the Python that builds, loads and calls it.

The C sources are compiled (build.py) for CPUs with AVX-512, with AVX2, and for any CPU; binding.py chooses when it loads.
Without a compiler nothing is built, and the NumPy engine computes the same.
"""
