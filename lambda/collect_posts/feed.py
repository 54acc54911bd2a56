"""The entries of a feed: RSS 2.0, RSS 1.0 and Atom, read by the standard library with a guard against what XML can do."""

from __future__ import annotations

from collections.abc import Iterator
from html.entities import html5
from typing import NamedTuple
from xml.etree.ElementTree import Element, TreeBuilder, tostring
from xml.parsers import expat

from fields import unknown_shape
from markup import from_html, on_one_line
from moments import in_utc

ENTRIES = ("item", "entry")
ROOTS = ("rss", "RDF", "feed")
MAX_DEPTH = 100
XML_LANGUAGE = "lang"
# Elements of these are known by their names alone; those of others, such as a picture's title, keep their namespace before theirs.
NAMESPACES = (
    "",
    "http://www.w3.org/2005/Atom",
    "http://purl.org/atom/ns#",
    "http://purl.org/rss/1.0/",
    "http://my.netscape.com/rdf/simple/0.9/",  # RSS 0.9: a name, which nothing is fetched from
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "http://purl.org/dc/elements/1.1/",
    "http://purl.org/dc/terms/",
    "http://purl.org/rss/1.0/modules/content/",
    "http://www.w3.org/1999/xhtml",
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


def entries(content: bytes, who: str) -> list[Entry]:
    """The entries of a feed, in its order. Raises Stopped when it is none."""
    try:
        root = _tree(content)
    except (expat.ExpatError, _TooDeep, LookupError, ValueError) as error:  # the last two: an encoding that nobody knows
        raise unknown_shape(who, "it is no XML that may be read") from error
    if root.tag not in ROOTS:
        raise unknown_shape(who, "it is neither RSS nor Atom")
    language = _first(root, "language") or root.get(XML_LANGUAGE, "")
    for channel in root.iterfind("channel"):
        language = language or _first(channel, "language")
    return [_entry(element, language) for element in root.iter() if element.tag in ENTRIES]


def _tree(content: bytes) -> Element:
    """The document without namespaces. It may declare no entities: those can grow without end, or lead elsewhere."""
    builder, depth = TreeBuilder(), 0
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.UseForeignDTD(True)  # so that an entity of HTML, which XML does not know, is skipped and not an error

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > MAX_DEPTH:
            raise _TooDeep
        builder.start(_local(tag), {_local(name): value for name, value in attributes.items()})

    def end(tag: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(_local(tag))

    def declare(*_: object) -> None:
        raise _TooDeep

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = builder.data
    parser.EntityDeclHandler = declare
    parser.SkippedEntityHandler = lambda name, is_parameter: None if is_parameter else builder.data(html5.get(f"{name};", " "))
    parser.Parse(content, True)
    return builder.close()


def _local(name: str) -> str:
    namespace, _, local = name.rpartition(" ")
    return local if namespace in NAMESPACES else name


def _entry(element: Element, language: str) -> Entry:
    address = next((link.get("href", "") for link in element.iterfind("link") if link.get("href")), "") or _first(element, "link")
    title = _text(element, "title")
    body = next((text for name in ("description", "summary", "encoded", "content") if (text := _text(element, name))), "")
    author = _first(element, "creator") or next((_first(author, "name") for author in element.iterfind("author")), "")
    return Entry(
        id=_first(element, "guid") or _first(element, "id") or element.get("about") or f"{address} {title or body}".strip(),
        text=body if not title or body.startswith(title.rstrip("…. ")) else f"{title} {body}".strip(),
        posted_at=next((at for name in ("pubDate", "published", "date", "updated") if (at := in_utc(_first(element, name)))), ""),
        language=element.get(XML_LANGUAGE, "") or _first(element, "language") or language,
        author=author or _first(element, "author"),
    )


def _first(element: Element, name: str) -> str:
    """The text of the first child of a name that has some."""
    return next((text for child in element.iterfind(name) if (text := on_one_line(child.text or ""))), "")


def _text(element: Element, name: str) -> str:
    """The same for what people read, which may be HTML."""
    return next((text for child in element.iterfind(name) if (text := _readable(child))), "")


def _readable(element: Element) -> str:
    if element.get("type") in ("text", "text/plain"):  # as Atom writes what is no HTML
        return on_one_line("".join(element.itertext()))
    return from_html("".join(_markup(element)))


def _markup(element: Element) -> Iterator[str]:
    """What is inside an element as HTML: its text is HTML already, unless it holds elements itself."""
    if len(element):
        yield tostring(element, encoding="unicode", method="html")
    else:
        yield element.text or ""
