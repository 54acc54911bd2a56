"""From characters to the ids of words: spaCy's rules without spaCy, the known words, those met later, and their parts.

tokenizer      a text's pieces between white space, and their words; `splitting` is spaCy's algorithm for one piece
rules          what spaCy knows of a language, as data; `known_patterns` are those that may come in an artifact
patterns       its regular expressions as trees, restricted to an alphabet; `parsing` reads them, `small_patterns` compiles
               the trees, `affixes` knows where to look for a match, and `necessary` whether to look at all
encoding       words to ids: of the `vocabulary`, and of `newcomers`, which are known by their `subwords`
sequences      ids of many texts, as the engines take them
"""
