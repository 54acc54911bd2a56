"""Text to words: spaCy's rules of a blank pipeline, the same at training and at prediction.

spaCy splits a text at white space and then each piece by itself, so a piece met before needs no spaCy:
its words come from a dictionary. That is what makes the rules affordable on many rows.
"""

from __future__ import annotations

import re
from itertools import chain

import spacy

from contract.errors import UserError

MAX_PIECE_CHARS = 100  # spaCy's rules take quadratic time on a long piece such as "((((("
MAX_PIECES_KEPT = 250_000

_MARKUP = re.compile(r"</?[a-zA-Z][^<>]{0,200}>")  # <br />, <p class="x">, </b>; but not "a < b"
_UNSPACED = re.compile("([\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff])")


class Tokenizer:
    """Words of a text, in lower case.

    Markup counts as space. Thai, Lao, Burmese, Khmer, Chinese and Japanese, which are written without
    spaces, come out as single characters. `language` is spaCy's code; raises UserError for an unknown one.
    """

    def __init__(self, language: str = "en") -> None:
        self.language = language
        self._start()

    def _start(self) -> None:
        """A fresh spaCy, for it remembers every string for ever."""
        try:
            self._spacy = spacy.blank(self.language).tokenizer
        except ImportError as error:
            raise UserError(f"spaCy has no tokenizer rules for the language '{self.language}'. Use 'en', or one that it knows.") from error
        self._known: dict[str, tuple[str, ...]] = {}

    def pieces(self, text: str) -> list[str]:
        """What stands between white space, in order; a very long piece is cut."""
        if "<" in text:
            text = _MARKUP.sub(" ", text)
        if not text.isascii():
            text = text.encode("utf-8", "replace").decode("utf-8")  # spaCy fails on a lone surrogate
            text = _UNSPACED.sub(r" \1 ", text)
        pieces = text.split()
        if len(text) > MAX_PIECE_CHARS and any(len(piece) > MAX_PIECE_CHARS for piece in pieces):
            return [piece[start : start + MAX_PIECE_CHARS] for piece in pieces for start in range(0, len(piece), MAX_PIECE_CHARS)]
        return pieces

    def words(self, piece: str) -> tuple[str, ...]:
        """The words of one piece, at least one."""
        words = self._known.get(piece)
        if words is None:
            if len(self._known) >= MAX_PIECES_KEPT:
                self._start()
            words = self._known[piece] = tuple(token.text.lower() for token in self._spacy(piece))
        return words

    def __call__(self, text: str) -> list[str]:
        """All words of a text."""
        return list(chain.from_iterable(map(self.words, self.pieces(text))))

    def normalised(self, text: str) -> str:
        """What two texts have in common when they differ only in case, markup and white space."""
        return " ".join(self.pieces(text)).lower()
