"""The classifier: training with Gluon, prediction with NumPy on a CPU or Gluon on a GPU.

Two halves. Inference imports NumPy and the tokenizer and nothing else of weight: classifier, artifact,
architecture, encoding, tokenizer, vocabulary, sequences, forward, confidence. Training imports all of
that and MXNet: training, sets, rows, split, word_vectors, network, fitting, checkpoints, calibration, evaluation, scores,
report. Files in, files out: where they lie, and on which machine, is not known here.
"""
