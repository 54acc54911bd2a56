"""Pieces of HTML: everything is escaped unless it was made here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape

NO_BREAK = "\u00a0"
TEXT_CHARS = 400
LABEL_CHARS = 60
OPEN_CARDS = 8


class Html(str):
    """Text that is HTML already."""

    __slots__ = ()


def escaped(text: str) -> str:
    """A text as HTML; what was made here stays as it is."""
    return text if isinstance(text, Html) else escape(text)


def paragraph(text: str, kind: str = "") -> Html:
    """A paragraph, of a kind that the style sheet knows."""
    return Html(f"<p{_class(kind)}>{unbroken(escaped(text))}</p>")


def unbroken(text: str) -> str:
    """A text in which no line ends between a number and its percent sign."""
    return re.sub(r"(?<=[0-9]) %", f"{NO_BREAK}%", text)


def section(name: str, title: str, *parts: str) -> Html:
    """A section that the page's list of contents can lead to; empty parts are left out."""
    return Html(f'<section id="{name}"><h2>{escape(title)}</h2>\n' + "\n".join(filter(None, parts)) + "\n</section>")


def side_by_side(*figures: str) -> Html:
    """Plots beside each other where the page is wide enough."""
    return Html('<div class="plots">' + "\n".join(filter(None, figures)) + "</div>")


def folded(summary: str, content: str) -> Html:
    """Content that a reader opens; print shows it open."""
    return Html(f"<details><summary>{escape(summary)}</summary>\n{escaped(content)}</details>")


def table(head: Sequence[str], rows: Iterable[Sequence[str]], numbers: Sequence[str] = (), caption: str = "") -> Html:
    """A table; the columns named in `numbers` are set to the right."""
    kinds = ["number" if name in numbers else "" for name in head]
    lines = [
        "<tr>" + "".join(f'<th scope="col"{_class(kind)}>{escaped(name)}</th>' for name, kind in zip(head, kinds, strict=True)) + "</tr>"
    ]
    for row in rows:
        lines.append("<tr>" + "".join(f"<td{_class(kind)}>{escaped(cell)}</td>" for cell, kind in zip(row, kinds, strict=True)) + "</tr>")
    title = f"<caption>{escaped(caption)}</caption>" if caption else ""
    return Html('<div class="scroll"><table>' + title + "\n".join(lines) + "</table></div>")


def cards(entries: Sequence[tuple[str, str]]) -> Html:
    """Texts, each under a line that says what is about it; after the first ones folded away."""
    if len(entries) > OPEN_CARDS + 1:
        rest = folded(f"{len(entries) - OPEN_CARDS} more", _cards(entries[OPEN_CARDS:]))
        return joined(_cards(entries[:OPEN_CARDS]), rest)
    return _cards(entries)


def _cards(entries: Sequence[tuple[str, str]]) -> Html:
    shown = (
        f'<li><p class="about">{escaped(about)}</p><blockquote dir="auto">{escape(shortened(text))}</blockquote></li>'
        for about, text in entries
    )
    return Html('<ol class="cards">' + "\n".join(shown) + "</ol>")


def strong(text: str) -> Html:
    """A label or figure that the eye should find."""
    return Html(f'<b dir="auto">{escaped(text)}</b>')


def joined(*parts: str) -> Html:
    """Parts one after the other."""
    return Html("".join(map(escaped, parts)))


def shortened(text: str, chars: int = TEXT_CHARS) -> str:
    """The beginning and the end of a long text, on one line."""
    line = (
        " ".join(text[: 2 * chars].split())
        if len(text) <= 2 * chars
        else " ".join(text[:chars].split()) + " … " + " ".join(text[-chars:].split())
    )
    return line if len(line) <= chars else f"{line[: chars * 2 // 3]} … {line[-chars // 3 :]}"


def percent(share: float, digits: int = 1) -> str:
    """93.1 %, the sign on the same line."""
    return f"{100 * share:.{digits}f}{NO_BREAK}%"


def points(difference: float) -> str:
    """+1.2, in percentage points, with a true minus sign."""
    return f"{100 * difference:+.1f}".replace("-", "\u2212")


def span(low: float, high: float) -> str:
    """92.0 to 94.1 %."""
    return f"{100 * low:.1f} to {percent(high)}"


def _class(kind: str) -> str:
    return f' class="{kind}"' if kind else ""
