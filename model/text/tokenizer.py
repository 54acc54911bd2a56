"""Text to words by spaCy's rules, without spaCy: the same at training and at prediction.

The rules of a language (what may be cut off a piece's front and back and where it may be cut inside, which
pieces are whole words or have words of their own) are data in the artifact. spaCy's published algorithm
is run on each piece between white space by itself; spaCy itself is needed to export the rules only.
"""

from __future__ import annotations

from functools import cached_property
from itertools import chain

from contract.texts import MARKUP, UNSPACED
from model.text.patterns import ASCII, WESTERN
from model.text.rules import MAX_PIECE_CHARS, TokenizerRules, Words
from model.text.small_patterns import is_over
from model.text.splitting import Splitter

MAX_PIECES_KEPT = 250_000
MAX_TEXT_CHARS = 200_000  # of a text that are read, some seventy pages, which bounds the memory that one row can take


class Tokenizer:
    """Words of a text, in lower case.

    Markup counts as space. Thai, Lao, Burmese, Khmer, Chinese and Japanese, which are written without
    spaces, come out as single characters.
    """

    def __init__(self, rules: TokenizerRules) -> None:
        self.rules = rules
        self._known: dict[str, Words] = {}

    def pieces(self, text: str) -> list[str]:
        """What stands between white space, in order; a very long piece is cut."""
        text = text[:MAX_TEXT_CHARS]
        if "<" in text:
            text = MARKUP.sub(" ", text)
        if not text.isascii():
            text = text.encode("utf-8", "replace").decode("utf-8")  # a lone surrogate has no UTF-8 form
            text = UNSPACED.sub(r" \1 ", text)
        pieces = text.split()
        if len(text) > MAX_PIECE_CHARS and any(len(piece) > MAX_PIECE_CHARS for piece in pieces):
            return [piece[start : start + MAX_PIECE_CHARS] for piece in pieces for start in range(0, len(piece), MAX_PIECE_CHARS)]
        return pieces

    def words(self, piece: str) -> Words:
        """The words of one piece, at least one."""
        words = self._known.get(piece)
        if words is None:
            if len(self._known) >= MAX_PIECES_KEPT:
                self._known.clear()
            words = self._known[piece] = self._split(piece)
        return words

    def __call__(self, text: str) -> list[str]:
        """All words of a text."""
        return list(chain.from_iterable(map(self.words, self.pieces(text))))

    @cached_property
    def of_ascii(self) -> Splitter:
        """What splits pieces of ASCII."""
        return Splitter(self.rules, ASCII)

    @cached_property
    def _of_western(self) -> Splitter:
        return Splitter(self.rules, WESTERN, self.of_ascii)

    @cached_property
    def _of_all(self) -> Splitter:
        return Splitter(self.rules, of_part=self._of_western)

    def _split(self, piece: str) -> Words:
        return tuple(word.lower() for word in self._splitter(piece)(piece))

    def _splitter(self, piece: str) -> Splitter:
        if piece.isascii():
            return self.of_ascii
        return self._of_western if is_over(WESTERN)(piece) else self._of_all
