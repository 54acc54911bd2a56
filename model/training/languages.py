"""The languages of the training rows, and whose rules split them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from contract.texts import language_of, normal_form

MAX_TEXTS_READ = 5000  # for a guess
MOST = 0.5  # share of the texts from which a language is the file's
FALLBACK = "en"
CODES = {"German": "de", "French": "fr", "Spanish": "es", "Italian": "it", "Portuguese": "pt", "Dutch": "nl"}  # spaCy's


def language_shares(texts: Sequence[str]) -> dict[str, float]:
    """Shares of the languages that some of the texts seem to be in, the greatest first."""
    some = texts[:: max(1, len(texts) // MAX_TEXTS_READ)]
    counts = Counter(language_of(normal_form(text)) for text in some)
    return {language: count / len(some) for language, count in counts.most_common()}


def language_code(texts: Sequence[str]) -> str:
    """spaCy's code of the language that most of the texts seem to be in; English where none is, or it is another."""
    language, share = next(iter(language_shares(texts).items()))
    return CODES.get(language, FALLBACK) if share > MOST else FALLBACK
