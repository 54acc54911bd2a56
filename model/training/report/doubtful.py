"""Rows that a person should read: confident mistakes, and labels that may be wrong."""

from __future__ import annotations

import numpy as np

from contract.wording import counted
from model.training.label_errors import LabelErrors
from model.training.report.findings import Findings
from model.training.report.markup import LABEL_CHARS, Html, cards, joined, paragraph, percent, section, shortened, strong, table
from model.training.report.overview import Measured

MISTAKES_SHOWN = 20
CREDIBLE_SHARE = 0.1  # of wrong labels; where more look wrong, it is mostly the models that are
SUSPECTS_SHOWN = 30


def mistakes(findings: Findings, measured: Measured) -> Html:
    """The most confident wrong answers."""
    test, names = findings.test, [*findings.labels, ""]
    wrong = np.flatnonzero(~measured.is_right)
    shown = wrong[np.argsort(-test.confidence[wrong], kind="stable")][:MISTAKES_SHOWN].tolist()
    entries = [
        (
            joined(
                "labelled ",
                _label(names[test.actual[at]]),
                ", answered ",
                _label(names[test.predicted[at]]),
                f" ({test.confidence[at]:.2f})",
            ),
            test.texts[at],
        )
        for at in shown
    ]
    how = (
        "The wrong answers, the surest first. Now and then it is the label in the file that is wrong."
        if shown
        else "None: every test row was given its label."
    )
    return section("mistakes", "The worst mistakes", paragraph(how), cards(entries) if entries else "")


def label_errors(findings: Findings) -> Html:
    """Rows whose label may be wrong; nothing when nobody looked for them."""
    found = findings.label_errors
    if found is None:
        return Html()
    return section("suspects", "Labels that may be wrong", paragraph(_estimate(found)), *_suspects(findings, found))


def _estimate(found: LabelErrors) -> str:
    if not found.count:
        return f"None among {counted(found.rows, 'row')}: models that had not learned the row agree with the labels."
    suspects = f"{counted(found.count, 'row')} {'is a suspect' if found.count == 1 else 'are suspects'}"
    return (
        f"About {percent(found.estimated_share)} of the labels of {found.rows:,} rows look wrong, and {suspects}:"
        " models that had not learned the row are surer of another label than they usually are of it (confident learning, Northcutt,"
        " Jiang and Chuang 2021). Read the first ones; labels that you mend make the next model"
        " better."
    ) + (" So many are rather these models' mistakes than wrong labels." if found.estimated_share > CREDIBLE_SHARE else "")


def _suspects(findings: Findings, found: LabelErrors) -> list[Html]:
    entries = [
        (joined("labelled ", _label(suspect.given), f": {suspect.reason}"), text)
        for suspect, text in zip(found.suspects[:SUSPECTS_SHOWN], findings.suspect_texts, strict=False)
    ]
    if not entries:
        return []
    head = ("labelled", "perhaps", "suspects")
    pairs = [(shortened(given, LABEL_CHARS), shortened(suggested, LABEL_CHARS), f"{count:,}") for given, suggested, count in found.pairs]
    return [table(head, pairs, numbers=head[2:]), cards(entries)]


def _label(name: str) -> Html:
    return strong(shortened(name or "(no label)", LABEL_CHARS))
