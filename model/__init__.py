"""The classifier: a wide part, linear over n-grams, and a deep part, an LSTM; a gate mixes their logits.

Two halves. Inference imports NumPy and nothing else of weight: classifier (the front door), artifact, architecture,
tokenizer, vocabulary, newcomers, encoding, sequences, wide, subwords, forward, gate, confidence, explanation, the engines and
the kernel. Training imports all of that, MXNet, SciPy and spaCy: training (the front door), sets, rows, split, spacy_rules,
word_vectors, network, fitting, checkpoints, wide_fitting, lbfgs, combination, calibration, evaluation, findings, comparisons,
scores, label_errors, report. Files in, files out: where they lie, and on which machine, is not known here.
"""
