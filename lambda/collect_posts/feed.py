"""The entries of a feed: RSS 2.0, RSS 1.0 and Atom, read by the standard library with a guard against what XML can do."""

from __future__ import annotations

from collections.abc import Iterator
from html.entities import html5
from itertools import islice
from typing import NamedTuple
from xml.etree.ElementTree import Element, TreeBuilder, tostring
from xml.parsers import expat

from fields import unknown_shape
from markup import from_html, on_one_line
from moments import in_utc
from xml_text import PREFIXES, decoded, mended

from contract.texts import UNSPACED

ENTRIES = ("item", "entry")
ROOTS = ("rss", "RDF", "feed")
MAX_DEPTH = 100
MAX_ENTRIES = 2000  # as many as a feed's cursor remembers
XML_LANGUAGE = "lang"
# Elements of these are known by their names alone; those of others, such as a picture's title, keep their namespace before theirs.
NAMESPACES = (
    "",
    *PREFIXES.values(),
    "http://purl.org/atom/ns#",
    "http://purl.org/rss/1.0/",
    "http://www.w3.org/XML/1998/namespace",
)


class Entry(NamedTuple):
    """What a feed says of one thing."""

    id: str  # as the feed calls it, or else its address and title: several may share an address
    text: str  # title and summary, without markup
    posted_at: str
    language: str
    author: str


class _TooDeep(Exception):
    pass


def entries(content: bytes, who: str, charset: str = "") -> list[Entry]:
    """The first entries of a feed, in its order; `charset` is what the server calls its encoding. Raises Stopped when it is none."""
    text = decoded(content, charset)
    try:
        try:
            root = _tree(text)
        except expat.ExpatError:
            root = _tree(mended(text))
    except (expat.ExpatError, _TooDeep) as error:
        raise unknown_shape(who, "it is no XML that may be read") from error
    if root.tag not in ROOTS:
        raise unknown_shape(who, "it is neither RSS nor Atom")
    language = _first(root, "language") or root.get(XML_LANGUAGE, "")
    for channel in root.iterfind("channel"):
        language = language or _first(channel, "language")
    found = (element for element in root.iter() if element.tag in ENTRIES)
    return [_entry(element, language, is_atom=root.tag == "feed") for element in islice(found, MAX_ENTRIES)]


def _tree(text: str) -> Element:
    """The document without namespaces. It may declare no entities: those can grow without end, or lead elsewhere."""
    builder, depth, known = TreeBuilder(), 0, set(NAMESPACES)
    parser = expat.ParserCreate("utf-8", namespace_separator=" ")
    parser.buffer_text = True
    parser.UseForeignDTD(True)  # so that an entity of HTML, which XML does not know, is skipped and not an error

    def local(name: str) -> str:
        namespace, _, bare = name.rpartition(" ")
        return bare if namespace in known else name

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        if depth == 0 or (depth == 1 and tag.endswith(" channel")):
            known.add(tag.rpartition(" ")[0])  # whatever the root is of; RSS 0.9 has another one below it
        depth += 1
        if depth > MAX_DEPTH:
            raise _TooDeep
        builder.start(local(tag), {local(name): value for name, value in attributes.items()})

    def end(tag: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(local(tag))

    def declare(*_: object) -> None:
        raise _TooDeep

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = builder.data
    parser.EntityDeclHandler = declare
    parser.SkippedEntityHandler = lambda name, is_parameter: None if is_parameter else builder.data(html5.get(f"{name};", " "))
    try:
        parser.Parse(text.encode("utf-8", "replace"), True)
    except expat.ExpatError as error:
        if expat.errors.messages[error.code] != expat.errors.XML_ERROR_JUNK_AFTER_DOC_ELEMENT:  # which a cache or a server has added
            raise
    return builder.close()


def _entry(element: Element, language: str, *, is_atom: bool) -> Entry:
    address = next((link.get("href", "") for link in element.iterfind("link") if link.get("href")), "") or _first(element, "link")
    title = _text(element, "title", is_atom=is_atom)
    bodies = (_text(element, name, is_atom=is_atom) for name in ("description", "summary", "encoded", "content"))
    body = next((text for text in bodies if text), "")
    author = _first(element, "creator") or next((_first(author, "name") for author in element.iterfind("author")), "")
    return Entry(
        id=_first(element, "guid") or _first(element, "id") or element.get("about") or f"{address} {title or body}".strip(),
        text=body if _begins_with(body, title) else f"{title} {body}".strip(),
        posted_at=next((at for name in ("pubDate", "published", "date", "updated") if (at := in_utc(_first(element, name)))), ""),
        language=element.get(XML_LANGUAGE, "") or _first(element, "language") or language,
        author=author or _first(element, "author"),
    )


def _begins_with(body: str, title: str) -> bool:
    """Whether a text begins with a title, as a whole or cut off by an ellipsis; the title may end in the midst of a word only there."""
    bare = title.rstrip("…. ")
    rest = body[len(bare) :]
    is_whole = not rest[:1].isalnum() or bool(UNSPACED.match(rest)) or title.endswith(("…", "..."))
    return body.startswith(bare) and is_whole


def _first(element: Element, name: str) -> str:
    """The text of the first child of a name that has some."""
    return next((text for child in element.iterfind(name) if (text := on_one_line(child.text or ""))), "")


def _text(element: Element, name: str, *, is_atom: bool) -> str:
    """The same for what people read, which is HTML in RSS; in Atom only where it says so."""
    return next((text for child in element.iterfind(name) if (text := _readable(child, "text" if is_atom else "html"))), "")


def _readable(element: Element, kind: str) -> str:
    kind = element.get("type", kind).lower().partition(";")[0].strip()
    if kind in ("text", "text/plain"):
        return on_one_line("".join(element.itertext()))
    if kind in ("html", "xhtml") or kind.startswith("text/") or kind.endswith(("/xml", "+xml")):
        return from_html("".join(_markup(element)))
    return ""  # such as a picture, in base 64


def _markup(element: Element) -> Iterator[str]:
    """What is inside an element as HTML: its text is HTML already, unless it holds elements itself."""
    if len(element):
        yield tostring(element, encoding="unicode", method="html")
    else:
        yield element.text or ""
