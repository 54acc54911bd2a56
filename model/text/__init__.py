"""From characters to the ids of words: spaCy's rules without spaCy, the known words, those met later, and their parts."""
