"""Texts to ids by the kernel; what it cannot split, it asks Python for once."""

from __future__ import annotations

from collections.abc import Sequence
from ctypes import POINTER, byref, c_int64, c_void_p, cast, string_at
from itertools import accumulate, pairwise
from typing import Any

import numpy as np

from model.kernel.binding import CKeys, CProgram, CRules, Handle, Library
from model.kernel.programs import Program, compile_pattern
from model.text.encoding import Encoded, Encoder, beyond_bound
from model.text.newcomers import MAX_KEPT
from model.text.patterns import UnsupportedPatternError
from model.text.rules import TokenizerRules
from model.text.sequences import IntArray, Sequences
from model.text.splitting import Splitter
from model.text.tokenizer import MAX_TEXT_CHARS, Tokenizer
from model.text.vocabulary import Vocabulary

ROOM = 4096  # pieces of one text that Python resolves; a text with more is encoded by Python as a whole


class KernelEncoder:
    """Equal to `Encoder` on every text. Its table of pieces is bounded, as is the encoder's."""

    def __init__(self, library: Library, rules: TokenizerRules, vocabulary: Vocabulary, max_tokens: int, most_kept: int = MAX_KEPT) -> None:
        self._c = library.c
        self._max_tokens = max_tokens
        tokenizer = Tokenizer(rules)
        self._unresolved = np.zeros((ROOM, 2), np.int64)
        words, exceptions = Keys(vocabulary.words), Keys(list(rules.exceptions))
        simple = SimpleRules.of(tokenizer.of_ascii)
        self._held = (words, exceptions, simple)  # the kernel refers to their arrays
        self._table = Handle(
            self._c.kernel_encoder_new(
                words.joined,
                words.address,
                len(words),
                byref(simple.c) if simple else None,
                exceptions.joined,
                exceptions.address,
                len(exceptions),
            ),
            self._c.kernel_encoder_free,
        )
        self.newcomers = KernelNewcomers(library, self._table, len(vocabulary), most_kept)
        self._slow = Encoder(tokenizer, self.newcomers, max_tokens)

    def __call__(self, texts: Sequence[str]) -> Encoded:
        """The ids of each text."""
        contents = [text[:MAX_TEXT_CHARS].encode("utf-8", "replace") for text in texts]  # a lone surrogate has no UTF-8 form
        joined, ends = b"".join(contents), np.fromiter(accumulate(map(len, contents), initial=0), np.int64, len(texts) + 1)
        ids, lengths = np.empty(len(joined) + len(texts), np.int32), np.empty(len(texts), np.int32)
        done = written = 0
        if self.newcomers.is_full():
            self.newcomers.forget()
            self._slow.forget()
        elif self._c.kernel_encoder_is_full(self._table):
            self._c.kernel_encoder_clear(self._table)
        while done < len(texts):
            texts_done, new_ids, unresolved = self._encode(joined, ends[done:], ids[written:], lengths[done:])
            done += texts_done
            written += new_ids
            if unresolved > ROOM:
                row = self._slow.ids(texts[done])
                ids[written : written + len(row)] = row
                lengths[done] = len(row)
                done, written = done + 1, written + len(row)
            elif unresolved:
                self._resolve({joined[start : start + size] for start, size in self._unresolved[:unresolved].tolist()})
        sequences = Sequences(ids[:written].copy(), np.maximum(lengths, 1))
        is_truncated = lengths > self._max_tokens
        return Encoded(sequences, lengths == 0, is_truncated, beyond_bound(texts), sequences.unknown_share(self.newcomers.first_id) == 1)

    def _encode(self, joined: bytes, ends: Any, ids: Any, lengths: Any) -> tuple[int, int, int]:
        """Texts done, ids written, and pieces to resolve of the text that comes next."""
        unresolved, written = c_int64(), c_int64()
        done = self._c.kernel_encode(
            self._table,
            joined,
            ends.ctypes.data,
            len(lengths),
            ids.ctypes.data,
            lengths.ctypes.data,
            self._unresolved.ctypes.data,
            ROOM,
            byref(unresolved),
            byref(written),
        )
        return done, written.value, unresolved.value

    def _resolve(self, pieces: set[bytes]) -> None:
        """Add pieces of one text to the table; when they do not fit, all others make room."""
        resolved = {piece: np.array(self._slow.piece_ids(piece.decode("utf-8")), np.int32) for piece in pieces}
        if not all(self._add(piece, ids) for piece, ids in resolved.items()):
            self._c.kernel_encoder_clear(self._table)
            for piece, ids in resolved.items():
                self._add(piece, ids)

    def _add(self, piece: bytes, ids: IntArray) -> bool:
        return bool(self._c.kernel_encoder_add(self._table, piece, len(piece), ids.ctypes.data, len(ids)))


class KernelNewcomers:
    """The newcomers among the kernel's words; what Python resolves gets its ids here too."""

    def __init__(self, library: Library, table: Handle, first_id: int, most_kept: int) -> None:
        self._c, self._table = library.c, table
        self.first_id, self._most_kept, self.generation = first_id, most_kept, 0

    def id(self, word: str) -> int:
        """The word's id, a new one when it was never met."""
        content = word.encode("utf-8", "surrogatepass")
        known: int = self._c.kernel_word_id(self._table, content, len(content))
        return known

    def places(self) -> tuple[int, c_void_p, c_void_p]:
        """How many there are, where they lie one behind the other, and where their ends are told; until the next one comes."""
        content, ends = c_void_p(), c_void_p()
        return self._c.kernel_newcomers(self._table, byref(content), byref(ends)), content, ends

    @property
    def count(self) -> int:
        """How many there are."""
        return self.places()[0]

    def since(self, number: int) -> list[str]:
        """The newcomers but for the first `number` of them."""
        count, content, ends = self.places()
        if count <= number:
            return []
        places = [0, *np.ctypeslib.as_array(cast(ends, POINTER(c_int64)), (count,)).tolist()][number:]
        joined = string_at((content.value or 0) + places[0], places[-1] - places[0])
        return [joined[start - places[0] : end - places[0]].decode("utf-8", "surrogatepass") for start, end in pairwise(places)]

    def is_full(self) -> bool:
        """Whether other texts should start with none."""
        return self.count > self._most_kept

    def forget(self) -> None:
        """Give the ids anew. Sequences with ids of before must not be used any more."""
        self._c.kernel_newcomers_clear(self._table)
        self.generation += 1


class Keys:
    """Texts one behind the other, and where each ends."""

    def __init__(self, texts: Sequence[str]) -> None:
        joined = np.frombuffer("\n".join([*texts, ""]).encode("utf-8", "surrogatepass"), np.uint8)
        ends = np.flatnonzero(joined == ord("\n"))
        if len(ends) == len(texts):
            self.joined = joined[joined != ord("\n")].tobytes()
            self._ends = ends - np.arange(len(ends))
        else:  # one has a line break, which no word has
            contents = [text.encode("utf-8", "surrogatepass") for text in texts]
            self.joined = b"".join(contents)
            self._ends = np.fromiter(accumulate(map(len, contents)), np.int64, len(contents))
        self.address: int = self._ends.ctypes.data

    def __len__(self) -> int:
        return len(self._ends)


class SimpleRules:
    """A language's rules for pieces of ASCII, as the kernel runs them."""

    def __init__(self, splitter: Splitter) -> None:
        rules = splitter.rules
        programs = {name: compile_pattern(getattr(rules, name)) for name in ("prefix", "suffix", "infix", "token_match", "url_match")}
        exceptions = rules.exceptions
        first_word = np.fromiter(accumulate(map(len, exceptions.values()), initial=0), np.int64, len(exceptions) + 1)
        # The kernel looks up ASCII only, whose words are as long in bytes; others need not be right, but must fit.
        word_sizes = np.array([min(len(word), 255) for words in exceptions.values() for word in words], np.uint8)
        taken_apart = {text: len(tokens) for tokens, text in splitter.phrases.items() if exceptions[text] != tokens}
        phrase_tokens = np.array([min(taken_apart.get(text, 0), 255) for text in exceptions], np.uint8)
        self._held = (programs, first_word, word_sizes, phrase_tokens)
        self.c = CRules(
            exceptions=CKeys(),
            first_word=first_word.ctypes.data,
            word_sizes=word_sizes.ctypes.data,
            phrase_tokens=phrase_tokens.ctypes.data,
            leaves_letters_whole=splitter.leaves_letters_whole,
            **{name: _c_program(program) for name, program in programs.items()},
        )

    @classmethod
    def of(cls, splitter: Splitter) -> SimpleRules | None:
        """None for a language whose patterns only Python can run."""
        try:
            return cls(splitter)
        except UnsupportedPatternError:
            return None


def _c_program(program: Program | None) -> CProgram:
    return CProgram(program.code.ctypes.data, program.sets.ctypes.data, program.tail) if program else CProgram()
