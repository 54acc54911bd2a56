"""The classifier: a wide part, linear over n-grams, and a deep part, an LSTM; a gate mixes their logits.

Here is what answers, which imports NumPy and nothing else of weight. From the front door inwards:

    classifier     texts in, labels with confidence out; `explanation` tells which words moved one
    artifact       the four files of a model, checked before they are believed
    text/          from characters to ids: tokenizer, vocabulary, encoding
    engine         what computes: `engine_choice` chooses among NumPy, the compiled `kernel/` and Gluon on a GPU (`network`)
    wide, forward  the two parts in NumPy; `architecture` gives the deep one's sizes
    gate           the mixture; `confidence` makes of it a label and whether a person should look
    fasttext_...   a model of BlazingText in their place: `file` reads it, `scores` computes, `engine` joins it with text/;
                   `blazingtext_artifact` is what lies around it, and `artifacts` takes either

`training/` makes artifacts; it imports all of this, MXNet, SciPy and spaCy. Files in, files out: where they lie, and on
which machine, is not known in either half.
"""
