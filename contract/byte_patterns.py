"""What bytes look like that no byte order mark explains: UTF-32, UTF-16, UTF-8 with some damage, or a Western text."""

from __future__ import annotations

import codecs
import re

_MOST_PLANES = 16  # of Unicode
_FEW = 0.4  # of characters that are valid UTF-8, beside those that are not: other encodings make some by chance
_NOT_ASCII, _HIGH_RUN = re.compile("[^\x00-\x7f]+"), re.compile(rb"[\x80-\xff]+")
_LONG_RUN, _MOST_FOREIGN, _SOME = 3, 0.5, 8
_ALPHABETS = (  # the letters beyond ASCII of a language, or of several that are near each other
    frozenset("àâæçéèêëîïôœùûüÿ"),  # French
    frozenset("áéíóúüñ"),  # Spanish
    frozenset("àèéìíîòóùú"),  # Italian
    frozenset("áàâãçéêíóôõúü"),  # Portuguese
    frozenset("àçéèíïóòúü"),  # Catalan
    frozenset("åäöæøéü"),  # of the North
    frozenset("áðéíóúýþæö"),  # Icelandic
    frozenset("äëïöüéèó"),  # Dutch
    frozenset("äöõüšž"),  # Estonian
)
_GERMAN = frozenset("äöüß")
_BEFORE_WORDS, _BEHIND_WORDS, _SIGNS_ABOUT_A_WORD = "«»‹›“”„‘’‚¿¡€£–—…•·§ ", "«»‹›“”‘’…–—•·€£™©®°ªº ", 2
_IN_WORD = re.compile(rb"(?<=[A-Za-z])[\x80-\xff](?=[a-z])")
_ODD_IN_WORD = re.compile(rb"(?<=[A-Za-z])[\x80-\x84\x86-\x90\x95\x98-\x9f\xa1-\xa9\xab\xac\xae-\xb3\xb5\xb6\xb8\xb9\xbb-\xbf](?=[a-z])")
_MOST_ODD, _SOME_ODD = 0.3, 3
_STRANGE, _MOST_STRANGE = "¤¦¨¬¯¸".encode("cp1252") + b"\x81\x8d\x8f\x90\x9d", 0.1  # no Western text has many of these
_UNREADABLE = re.compile("[\udc80-\udcff]")  # how "surrogateescape" marks a byte


def utf32(head: bytes) -> str | None:
    """UTF-32 without a mark: of four bytes the highest is zero, the next one too or no more than 16, the lowest hardly ever."""
    size = len(head) // 4 * 4
    places = [head[place:size:4] for place in range(4)]
    for encoding, (lowest, _, higher, highest) in (("utf-32-le", places), ("utf-32-be", places[::-1])):
        if not size or any(highest) or max(higher) > _MOST_PLANES:
            continue
        if higher.count(0) > 0.3 * len(higher) and lowest.count(0) < 0.1 * len(lowest):
            return encoding
    return None


def utf16(head: bytes) -> str | None:
    """UTF-16 without a mark."""
    sample = head[: len(head) // 2 * 2]
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    half = max(len(sample) // 2, 1)
    has_other_bytes = not _is_utf8(sample)
    for encoding, zeros, others, line_ends in (
        ("utf-16-le", odd, even, (b"\n\0", b"\r\0")),
        ("utf-16-be", even, odd, (b"\0\n", b"\0\r")),
    ):
        is_latin = zeros > 0.4 * half and others < 0.1 * half
        # Other scripts have zero bytes in spaces, digits and line ends only, and a few in characters such as U+4E00.
        least = 0.005 if has_other_bytes else 0.05
        has_wide_lines = zeros > least * half and zeros > 2 * others and any(end in sample for end in line_ends)
        if is_latin or has_wide_lines:
            return encoding
    return None


def _is_utf8(start: bytes) -> bool:
    """Whether the beginning of a file is valid UTF-8, but for a character that it may cut at its end."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(start)
    except UnicodeDecodeError:
        return False
    return True


class HighBytes:
    """What the bytes above ASCII look like, in a file that may be UTF-8."""

    def __init__(self) -> None:
        self.good = self.bad = 0  # characters in runs that are valid UTF-8, and in others
        self._all = self._foreign = self._strange = 0  # bytes, where some are not valid UTF-8
        self._in_words = self._odd_in_words = 0

    def add(self, chunk: bytes, text: str) -> None:
        """Look at a part of the file and at what UTF-8 makes of it."""
        if not _unreadable(text):
            self.good += len(text) - len(text.encode("ascii", "ignore"))
            return
        for letters in _NOT_ASCII.findall(text):
            if _UNREADABLE.search(letters):
                self.bad += len(letters)
            else:
                self.good += len(letters)
        for run in _HIGH_RUN.findall(chunk):
            self._all += len(run)
            self._strange += len(run) - len(run.translate(None, _STRANGE))
            if len(run) >= _LONG_RUN and not _is_western_run(run):
                self._foreign += len(run)
        self._in_words += len(_IN_WORD.findall(chunk))
        self._odd_in_words += len(_ODD_IN_WORD.findall(chunk))

    @property
    def is_utf8(self) -> bool:
        """Whether it is, but for some damage."""
        return self.good >= _FEW * self.bad

    @property
    def is_western(self) -> bool:
        """Whether the bytes stand as Western ones do.

        In Western texts they come alone or in pairs, in those of other scripts in runs of whole words. And amid a word there are
        hardly any that Windows-1252 has for signs: in Polish, and in the encodings of DOS and of old Macs, these are letters.
        """
        are_runs = self._foreign > _MOST_FOREIGN * self._all
        are_strange = self._strange > max(_MOST_STRANGE * self._all, _SOME)
        are_odd = self._odd_in_words > max(_MOST_ODD * self._in_words, _SOME_ODD)
        return not are_runs and not are_strange and not are_odd


def _is_western_run(run: bytes) -> bool:
    """Whether bytes that follow each other may be letters of one Western language, with a sign or two about them, or signs alone."""
    if len(set(run)) == 1:  # a line of dashes
        return True
    try:
        text = run.decode("cp1252")
    except UnicodeDecodeError:
        return False
    if not any(map(_is_letter, text)):
        return True
    word = text.lstrip(_BEFORE_WORDS).rstrip(_BEHIND_WORDS)
    if len(text) - len(word) > _SIGNS_ABOUT_A_WORD or not all(map(_is_letter, word)):
        return False
    if _GERMAN.issuperset(word.lower()):  # in any order, as people who try a file type them
        return True
    is_even = re.fullmatch("A*a*|a*A*", "".join("A" if letter.isupper() else "a" for letter in word))
    return bool(is_even) and any(alphabet.issuperset(word.lower()) for alphabet in _ALPHABETS)


def _is_letter(character: str) -> bool:
    return character.isalpha() and character not in "ªºµƒˆ"


def _unreadable(text: str) -> bool:
    """Whether some characters stand for bytes that could not be read."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False
