"""fastText's `model.bin`, read in NumPy: what BlazingText leaves, which may be damaged or come from a stranger.

fastText's own loader believes every number in the file. Here each matrix is compared with the length of the file before memory is
taken for it, and every word and number is looked at. Reference: Joulin et al. 2017 (bag of tricks), whose reference
implementation defines the format. V words, C labels, B buckets of word n-grams, D width.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from contract.blazingtext import LINE_END, decode_label, decode_word
from contract.columns import MAX_LABELS
from model.arrays import MAX_BYTES, MAX_NUMBER
from model.text.sequences import FloatArray
from model.text.vocabulary import MAX_IDS, SPECIAL

MAX_DIM, MAX_BUCKETS, MAX_WORD_NGRAMS = 4096, 2**26, 8
END = "\n"  # the end of a line among the words, none of which has white space in it
MAX_WORD_BYTES = 1024  # of a dictionary's entry, as many as ten times the longest piece that the kit reads

_MAGIC, _VERSIONS = 793_712_314, (11, 12)
_SUPERVISED, _TREE = 3, 1  # of the field `model`; of `loss`, whose output rows would be no labels
_WORD, _LABEL = 0, 1  # types of a dictionary's entry
_HEADER = struct.Struct("<2i12id3i2q")  # magic and version; the arguments; the dictionary's sizes
_CHUNK = 1 << 20  # bytes that are read at once
_ENTRY_END = struct.Struct("<qb")  # count and type, behind the text and its zero byte
_SHAPE = struct.Struct("<?2q")  # before each matrix: whether it is quantized, its rows and columns


@dataclass(frozen=True)
class FastText:
    """A supervised model: the mean of a text's input rows times the output rows gives its logits."""

    words: Sequence[str]  # (V,) as the tokenizer gives them; `END` may be among them
    labels: Sequence[str]  # (C,)
    word_ngrams: int  # longest run of words that has a row
    has_ngrams: bool  # whether any run has; a pruned dictionary may have dropped them all
    input: FloatArray  # (V + B, D): the words' rows, then those of the buckets
    output: FloatArray  # (C, D)

    @property
    def buckets(self) -> int:
        """How many rows the runs of words share."""
        return len(self.input) - len(self.words)


@dataclass(frozen=True)
class _Sizes:
    dim: int
    word_ngrams: int
    buckets: int
    words: int
    labels: int
    pruned: int


def read(path: Path) -> FastText:
    """Read a file. Raises ValueError that says what is wrong with it."""
    length = path.stat().st_size
    if length > MAX_BYTES:
        raise ValueError("it is larger than any model's")
    with path.open("rb") as file:
        sizes = _header(file.read(_HEADER.size))
        words, labels = _dictionary(file, sizes)
        rows = _matrix(file, (sizes.words + sizes.buckets, sizes.dim), length)
        output = _matrix(file, (sizes.labels, sizes.dim), length)
        if file.tell() != length:
            raise ValueError("something follows its matrices")
    return FastText(words, labels, sizes.word_ngrams, sizes.pruned < 0 and sizes.buckets > 0, rows, output)


def _header(content: bytes) -> _Sizes:
    if len(content) < _HEADER.size:
        raise ValueError("it is cut short")
    magic, version, dim, _, _, _, _, ngrams, loss, kind, buckets, _, longest, _, _, size, words, labels, _, pruned = _HEADER.unpack(content)
    if magic != _MAGIC or version not in _VERSIONS:
        raise ValueError("it is no model of fastText, or of a version that is not known")
    if kind != _SUPERVISED:
        raise ValueError("it holds word vectors and no classifier")
    if loss == _TREE:
        raise ValueError("it was trained with a hierarchical softmax, which the kit does not read")
    if longest > 0 and version > min(_VERSIONS):  # the version before knew no subwords in a classifier, whatever it wrote
        raise ValueError("it was trained with subwords, which the kit does not read")
    if pruned > 0:
        raise ValueError("it is quantized, which the kit does not read")
    is_possible = (
        0 < dim <= MAX_DIM
        and 0 < ngrams <= MAX_WORD_NGRAMS
        and 0 <= buckets <= MAX_BUCKETS
        and 0 <= words <= MAX_IDS - SPECIAL
        and 2 <= labels <= MAX_LABELS  # noqa: PLR2004  # a choice needs two
        and size == words + labels
    )
    if not is_possible:
        raise ValueError("its sizes contradict each other, or are beyond all bounds")
    return _Sizes(dim, ngrams, buckets, words, labels, pruned)


def _dictionary(file: BinaryIO, sizes: _Sizes) -> tuple[list[str], list[str]]:
    """Words and labels in the order of their rows; the file is at its matrices afterwards."""
    words: list[str] = []
    labels: list[str] = []
    for number, (text, kind) in enumerate(_entries(file, sizes.words + sizes.labels)):
        if kind != (_WORD if number < sizes.words else _LABEL):
            raise ValueError("its dictionary does not have its words first and then its labels")
        if kind == _WORD:
            words.append(END if text == LINE_END else decode_word(text))
        else:
            labels.append(decode_label(text))
    if len(set(labels)) != len(labels) or len(set(words)) != len(words):
        raise ValueError("its dictionary holds a word or a label twice")
    return words, labels


def _entries(file: BinaryIO, count: int) -> Iterator[tuple[str, int]]:
    """Texts and types of a dictionary's entries; only behind the last one it is known how long they are."""
    content, at = b"", 0
    for _ in range(count):
        if len(content) - at < MAX_WORD_BYTES + 1 + _ENTRY_END.size:
            content, at = content[at:] + file.read(_CHUNK), 0
        end = content.find(b"\0", at, at + MAX_WORD_BYTES + 1)
        if end < 0 or end + 1 + _ENTRY_END.size > len(content):
            raise ValueError("its dictionary is cut short")
        text = content[at:end].decode("utf-8", "replace")
        _, kind = _ENTRY_END.unpack_from(content, end + 1)
        at = end + 1 + _ENTRY_END.size
        yield text, kind
    file.seek(at - len(content), io.SEEK_CUR)


def _matrix(file: BinaryIO, expected: tuple[int, int], length: int) -> FloatArray:
    """The rows of a matrix in a file of so many bytes."""
    content = file.read(_SHAPE.size)
    if len(content) < _SHAPE.size:
        raise ValueError("it is cut short")
    is_quantized, *shape = _SHAPE.unpack(content)
    if is_quantized:
        raise ValueError("it is quantized, which the kit does not read")
    if shape != [*expected]:
        raise ValueError("its matrices are not of the sizes that its header announces")
    if length - file.tell() < 4 * expected[0] * expected[1]:
        raise ValueError("it is cut short")
    values = np.empty(expected, np.dtype("<f4"))
    buffer = values.reshape(-1).view(np.uint8).data
    if file.readinto(buffer) != len(buffer):  # type: ignore[attr-defined]  # a buffered file has it
        raise ValueError("it is cut short")
    if values.size and not (values.min() >= -MAX_NUMBER and values.max() <= MAX_NUMBER):
        raise ValueError("it holds values that are no numbers, or beyond all bounds")
    return values
