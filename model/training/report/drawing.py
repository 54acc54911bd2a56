"""Plots as inline SVG that takes its colours from the page, so that they are right in light and dark and in print."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from html import escape

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from model.training.report.markup import unbroken

# Matplotlib draws in these colours, of which each stands for a variable of the page's style sheet.
INK, GRID, FIRST, SECOND, THIRD = "#010101", "#020202", "#030303", "#040404", "#050505"
_VARIABLES = {INK: "ink", GRID: "line", FIRST: "first", SECOND: "second", THIRD: "third"}

WIDTH_INCHES, HEIGHT_INCHES = 4.6, 3.1  # as wide as a phone, so that letters keep their size there
_SETTINGS = {
    "svg.fonttype": "none",  # text stays text
    "font.family": "sans-serif",
    "font.size": 9,
    "text.color": INK,
    "axes.edgecolor": GRID,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": GRID,
    "grid.linewidth": 0.5,
    "xtick.color": INK,
    "ytick.color": INK,
    "legend.frameon": False,
    "lines.linewidth": 1.6,
    "lines.markersize": 4,
}


def plot(name: str, title: str, caption: str, draw: Callable[[Axes], None]) -> str:
    """A `<figure>`; `name` makes the ids in it unique on the page. The same drawing gives the same text."""
    with mpl.rc_context({**_SETTINGS, "svg.hashsalt": name}):
        figure = Figure(figsize=(WIDTH_INCHES, HEIGHT_INCHES), layout="constrained")
        draw(figure.add_subplot())
        drawing = io.StringIO()
        figure.savefig(drawing, format="svg", transparent=True, metadata={"Date": None})
    under = f"<figcaption><b>{escape(title)}.</b> {unbroken(escape(caption))}</figcaption>"
    return f"<figure>{_inline(drawing.getvalue(), name, title)}{under}</figure>"


def _inline(svg: str, name: str, title: str) -> str:
    """The drawing without what only a file needs, its ids made the page's own, with a title for those who do not see it."""
    svg = svg[svg.index("<svg") :]
    for needless in (r"<metadata>.*?</metadata>", r"<style.*?</style>", r'(?<=<g) id="[^"]*"', r"font-family: [^;\"]*; "):
        svg = re.sub(needless, "", svg, flags=re.DOTALL)
    svg = re.sub(r'(\bid="|href="#|url\(#)', rf"\g<1>{name}-", svg)
    svg = re.sub(r'\b(d|x|y|transform)="[^"]*"', _shortened, svg)
    for colour, variable in _VARIABLES.items():
        svg = svg.replace(colour, f"var(--{variable})")
    head, _, body = svg.partition(">")
    head = re.sub(r' (width|height|version|xmlns(:\w+)?)="[^"]*"', "", head)
    label = f' role="img" aria-labelledby="{name}-title"><title id="{name}-title">{escape(title)}</title>'
    return head + label + re.sub(r"\s*\n\s*", "\n", body).strip()


def _shortened(attribute: re.Match[str]) -> str:
    """Coordinates to a hundredth of a point, on one line."""
    return re.sub(r"(\.\d\d)\d+", r"\1", " ".join(attribute[0].split()))
