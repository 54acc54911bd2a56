"""The page as a whole."""

from __future__ import annotations

import re
from html import escape

from model.training.report.classes import classes, mix_ups
from model.training.report.confidence import confidence
from model.training.report.data import data, learning
from model.training.report.doubtful import label_errors, mistakes
from model.training.report.findings import Findings
from model.training.report.markup import Html, section, table
from model.training.report.overview import Measured, comparison, summary, warnings
from model.training.report.style import STYLE


def write_report(findings: Findings) -> str:
    """The page as HTML. It loads nothing, runs nothing, and the same findings give the same text."""
    measured = Measured.of(findings)
    title = f"Classifier '{findings.classifier}', model v{findings.model_version}"
    sections = [
        comparison(findings, measured),
        confidence(findings, measured),
        classes(findings),
        mix_ups(findings),
        mistakes(findings, measured),
        label_errors(findings),
        learning(findings),
        data(findings),
        _provenance(findings),
    ]
    body = "\n".join([warnings(findings), summary(findings, measured), _contents(sections), *filter(None, sections)])
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<h1>{escape(title)}</h1>\n{body}\n</body>\n</html>\n"
    )


def _contents(sections: list[Html]) -> str:
    """Links to the sections that are there."""
    found = (re.match(r'<section id="(\w+)"><h2>(.*?)</h2>', part) for part in sections)
    return "<nav>" + "".join(f'<a href="#{match[1]}">{match[2]}</a>' for match in found if match) + "</nav>"


def _provenance(findings: Findings) -> Html:
    if not findings.provenance:
        return Html()
    return section("provenance", "Where it comes from", table(("", " "), [entry for entry in findings.provenance if entry[1]]))
