"""What can be said of a text before any model sees it: when two are the same, and what language it seems to be in."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from functools import lru_cache
from hashlib import blake2b

KEY_BYTES = 8  # among ten million texts two different ones share a key once in 370,000 files
SOME_LATIN, NO_LETTERS = VAGUE = ("Latin letters", "no letters")  # languages that are none

MARKUP = re.compile(r"</?[a-zA-Z][^<>]{0,200}>")  # counts as space: <br />, <p class="x">, </b>; but not "a < b"
# Thai, Lao, Burmese, Khmer, Chinese and Japanese are written without spaces; each character counts as a word.
UNSPACED = re.compile("([\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff])")
_LETTERS = re.compile("[a-zA-Z]")

_JUDGED_CHARS = 600  # of a text, more than enough for a rough guess
_SCRIPTS = {
    "CJK": "Chinese characters",
    "HIRAGANA": "Japanese",
    "KATAKANA": "Japanese",
    "HANGUL": "Korean",
    "THAI": "Thai",
    "GREEK": "Greek",
}

# The words that a text of some length can hardly do without.
_FUNCTION_WORDS = {
    "English": "the and of to is was that it for with this you not have are",
    "German": "der die das und ist nicht ich ein eine mit für auf den war wir",
    "French": "le la les et est une pas que des pour dans je vous avec nous",
    "Spanish": "el la los las y es una que no por con para del muy está",
    "Italian": "il la gli che di è non una per con sono della del molto mi",
    "Portuguese": "os as é uma não que por com para do da muito em um foi",
    "Dutch": "de het een en is niet van ik dat voor met zijn op te was",
}
_LANGUAGES = {language: frozenset(words.split()) for language, words in _FUNCTION_WORDS.items()}


def normal_form(text: str) -> str:
    """What two texts have in common when they differ only in case, markup and white space; empty when there is no word.

    Scripts that are written without spaces come out with one between all characters.
    """
    if "<" in text:
        text = MARKUP.sub(" ", text)
    if not text.isascii():
        text = UNSPACED.sub(r" \1 ", text.encode("utf-8", "replace").decode("utf-8"))
    return " ".join(text.split()).lower()


def text_key(form: str) -> bytes:
    """KEY_BYTES that stand for a normal form: equal for equal ones, and as good as never for others."""
    return blake2b(form.encode("utf-8"), digest_size=KEY_BYTES).digest()


def text_digest(text: str) -> bytes:
    """16 bytes, equal for texts that are equal but for case, markup and white space: by it a training knows a text again."""
    return blake2b(normal_form(text).encode("utf-8", "surrogatepass"), digest_size=16).digest()


def language_of(form: str) -> str:
    """The language of a normal form, roughly: by its script, and for Latin letters by its most frequent little words.

    SOME_LATIN where those do not tell: a handful of words, or a language that is not among the known ones.
    """
    form = form[:_JUDGED_CHARS]
    script = "LATIN" if form.isascii() and _LETTERS.search(form) else _script(form)
    if script != "LATIN":
        return script
    words = set(form.split())
    hits = Counter({language: len(known & words) for language, known in _LANGUAGES.items()}).most_common(2)
    (best, most), (_, second) = hits
    return best if most > second else SOME_LATIN


def _script(form: str) -> str:
    """What most letters of a text belong to, LATIN or a name for people."""
    counts = Counter(name for char in form if (name := _script_of(char)))
    if not counts:
        return NO_LETTERS
    if "Japanese" in counts:
        return "Japanese"  # Chinese characters stand between its own
    name = counts.most_common(1)[0][0]
    return name if name == "LATIN" or name in _SCRIPTS.values() else f"{name.capitalize()} letters"


@lru_cache(maxsize=10_000)
def _script_of(char: str) -> str:
    """The first word of a letter's name in Unicode, which is its script; empty when it is no letter."""
    if not char.isalpha():
        return ""
    script = unicodedata.name(char, "").partition(" ")[0]
    return _SCRIPTS.get(script, script)
