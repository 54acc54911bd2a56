"""From the files of the channels to a model artifact, its evaluation and its report. In the order of events:

    train          the front door; `progress` says how far it is
    sets           training, validation and test rows that share no text: `rows` reads, `split` holds out
    wide_training  the wide part: `wide_features` of the texts, fitted (`wide_fitting`) by `lbfgs`
    deep_fitting   the deep part, from `word_vectors`, with `checkpoints` to go on from
    combination    both parts' scales and the gate; `calibration` chooses the threshold of a review
    evaluation     the scores; `findings` gathers for `report/` what `comparisons`, `label_errors` and `scores` give

`spacy_rules` exports a language's tokenizer; it alone imports spaCy, beside the word vectors.
"""
