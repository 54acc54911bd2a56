"""XML as it is sent: in any encoding, declared or not, with what its writer should have written otherwise or left out."""

from __future__ import annotations

import codecs
import re
import sys

MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (b"<\x00", "utf-16-le"),
    (b"\x00<", "utf-16-be"),
)
# What is called so on the web is what Python calls otherwise: the larger set.
LARGER = {"gb2312": "gb18030", "gbk": "gb18030", "shift_jis": "cp932", "euc_kr": "cp949", "iso8859-1": "cp1252", "ascii": "utf-8"}
NO_CHARACTER_SETS = ("idna", "punycode", "unicode-escape", "raw-unicode-escape")
# What prefixes stand for where a feed does not say it. Names, which nothing is fetched from.
PREFIXES = {
    "atom": "http://www.w3.org/2005/Atom",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "xhtml": "http://www.w3.org/1999/xhtml",
}
MAX_PREFIXES = 100
_DECLARATION = re.compile(r"\s*<\?xml\b[^>]*\?>\s*")
_ENCODING = re.compile(rb"""^\s*<\?xml\b[^>]*\bencoding\s*=\s*["']([\w.:-]{1,40})["']""")
_NO_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LOOSE = re.compile(r"<!\[CDATA\[(?:.*?\]\]>|.*)|&(?!#[0-9]{1,7};|#x[0-9a-fA-F]{1,6};|\w{1,40};)|&#x?(?P<digits>[0-9a-fA-F]+);", re.DOTALL)
_ROOT = re.compile(r"<[^\W\d][\w.:-]*(?P<attributes>[^<>]*)")
_PREFIX = re.compile(r"(?:</?|\s)(?P<prefix>[^\W\d][\w.-]{0,40}):[^\W\d]")
_DECLARED = re.compile(r"\bxmlns:([\w.-]+)\s*=")


def decoded(content: bytes, charset: str = "") -> str:
    """The document without its declaration; `charset` is what the server calls its encoding.

    The document's own word goes before the server's, which often is its default, and both before UTF-8; what is none of them is
    Windows-1252, in which no byte is wrong.
    """
    declared = _ENCODING.match(content)
    named = [name for mark, name in MARKS if content.startswith(mark)]
    for name in (*named, declared[1].decode() if declared else "", charset, "utf-8"):
        try:
            known = codecs.lookup(name).name
            if known in NO_CHARACTER_SETS:
                continue
            text = content.decode(LARGER.get(known, known))
        except (LookupError, ValueError):  # nobody knows it, or it is wrong
            continue
        return _bare(text)
    return _bare(content.decode("cp1252", "replace"))


def mended(text: str) -> str:
    """The same with & where it stands for itself written so, without references to what is no character, and with all prefixes bound."""
    return _bound(_LOOSE.sub(_mended, text))


def _bare(text: str) -> str:
    return _NO_XML.sub(" ", _DECLARATION.sub("", text.lstrip("\ufeff \t\r\n"), count=1))


def _bound(text: str) -> str:
    """With the root declaring the prefixes that it does not declare itself: what is declared further in goes before that."""
    root = _ROOT.search(text)
    if not root:
        return text
    declared = {"xml", "xmlns", *_DECLARED.findall(root["attributes"])}
    used = dict.fromkeys(found["prefix"] for found in _PREFIX.finditer(text))
    missing = [prefix for prefix in used if prefix not in declared][:MAX_PREFIXES]
    declarations = "".join(f' xmlns:{prefix}="{PREFIXES.get(prefix, prefix)}"' for prefix in missing)
    return text[: root.start("attributes")] + declarations + text[root.start("attributes") :]


def _mended(found: re.Match[str]) -> str:
    if found[0].startswith("<"):
        return found[0]
    if not found["digits"]:
        return "&amp;"
    number = int(found["digits"], 16 if found[0].startswith("&#x") else 10)
    return " " if number > sys.maxunicode or _NO_XML.match(chr(number)) else found[0]
