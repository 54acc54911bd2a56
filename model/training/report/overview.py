"""The top of the report: what the model is worth, in a sentence for everybody and in one for a data scientist."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from contract.evaluations import FreshReviews
from contract.paired import Paired
from contract.promise import CONFIDENCE, DEFAULT_MAX_ERROR, per_cent, share_of
from contract.wording import counted
from model.training.report.findings import Answers, Findings, Flags
from model.training.report.markup import NO_BREAK, Html, escaped, joined, paragraph, percent, points, section, span, strong, table
from model.training.report.measures import MIN_IN_BIN, Bin, calibration_error, reliability
from model.training.scores import score, wilson_interval

MAJORITY = "always the most frequent label"


@dataclass(frozen=True)
class Rival:
    """Another model beside this one."""

    name: str
    accuracy: float
    macro_f1: float
    paired: Paired


@dataclass(frozen=True)
class Measured:
    """The figures that several sections tell."""

    rows: int
    is_right: Flags  # (N,)
    accuracy: float
    macro_f1: float
    interval: tuple[float, float]
    bins: list[Bin]
    calibration_error: float
    coverage: float  # share of the rows that need no review
    covered_interval: tuple[float, float] | None  # among them; None when there are none
    covered_accuracy: float | None
    labels_met: int  # that a test row has, or an answer
    current: Rival | None
    baselines: list[Rival]  # the best first

    @classmethod
    def of(cls, findings: Findings) -> Measured:
        """Work them out."""
        test = findings.test
        is_right = test.predicted == test.actual
        bins = reliability(test.confidence, is_right)
        covered = is_right[~test.needs_review]
        accuracy, macro_f1 = _score(findings, Answers("", test.predicted))
        majority = Answers(MAJORITY, np.full_like(test.actual, findings.train_counts.argmax()))
        rivals = [_rival(findings, answers, is_right) for answers in (*findings.baselines, majority)]
        return cls(
            rows=len(is_right),
            is_right=is_right,
            accuracy=accuracy,
            macro_f1=macro_f1,
            interval=wilson_interval(int(is_right.sum()), len(is_right)),
            bins=bins,
            calibration_error=calibration_error(bins),
            coverage=len(covered) / len(is_right),
            covered_interval=wilson_interval(int(covered.sum()), len(covered)) if len(covered) else None,
            covered_accuracy=float(covered.mean()) if len(covered) else None,
            labels_met=len({*test.actual.tolist(), *test.predicted.tolist()}),
            current=_rival(findings, findings.current, is_right) if findings.current else None,
            baselines=sorted(rivals, key=lambda rival: -rival.accuracy),
        )


def _rival(findings: Findings, answers: Answers, is_right: Flags) -> Rival:
    accuracy, macro_f1 = _score(findings, answers)
    return Rival(answers.name, accuracy, macro_f1, Paired.of(is_right.tolist(), (answers.predicted == findings.test.actual).tolist()))


def _score(findings: Findings, answers: Answers) -> tuple[float, float]:
    """Accuracy and macro-F1, as the evaluation defines them."""
    names = [*findings.labels, ""]  # NO_LABEL finds the last one
    found = score([names[at] for at in findings.test.actual.tolist()], [names[at] for at in answers.predicted.tolist()])
    return found.accuracy, found.macro_f1


def summary(findings: Findings, measured: Measured) -> Html:
    """Both sentences, and the figures that the eye looks for."""
    return Html(
        "\n".join(
            (
                paragraph(_for_everybody(measured), "lead"),
                _tiles(measured),
                paragraph(_for_data_scientists(findings, measured)),
            )
        )
    )


def _for_everybody(measured: Measured) -> str:
    right, low, high = (round(100 * share) for share in (measured.accuracy, *measured.interval))
    text = f"Of 100 texts that it has never seen, this model gives {right} the right label"
    text += f" (between {low} and {high}, as far as {counted(measured.rows, 'text')} can tell)." if low != high else "."
    if measured.covered_accuracy is None or measured.covered_interval is None:
        return f"{text} It asks a person to look at all of them."
    asked = round(100 * (1 - measured.coverage))
    share = f"For {asked} of them" if asked else "For hardly any"
    right, low, high = (round(100 * share) for share in (measured.covered_accuracy, *measured.covered_interval))
    text = f"{text} {share} it asks a person to look; of the others, {right} in 100 are right"
    return f"{text} (between {low} and {high})." if low != high else f"{text}."


def _for_data_scientists(findings: Findings, measured: Measured) -> str:
    text = (
        f"Accuracy {percent(measured.accuracy)} (Wilson 95 % interval {span(*measured.interval)}), macro-F1 {measured.macro_f1:.3f} over"
        f" {_labels(findings, measured)}, expected calibration error {measured.calibration_error:.3f}"
        f" ({counted(len(measured.bins), 'bin')} of equal mass), on {counted(measured.rows, 'row')} ({findings.held_out}) on which nothing"
        f" was trained, calibrated or chosen. {_covered(findings, measured)}."
    )
    best = measured.baselines[0]
    return f"{text} The best baseline, {best.name}, has {percent(best.accuracy)}: {_difference(best.paired)}."


def _labels(findings: Findings, measured: Measured) -> str:
    if measured.labels_met == len(findings.labels):
        return f"{len(findings.labels):,} labels"
    return f"the {measured.labels_met:,} of {len(findings.labels):,} labels that these rows or the answers have"


def _covered(findings: Findings, measured: Measured) -> str:
    wanted = per_cent(share_of(DEFAULT_MAX_ERROR)).replace(" ", NO_BREAK)
    if findings.review_threshold is None or measured.covered_accuracy is None:
        return f"All need a review: these rows cannot vouch for any threshold that leaves at most {wanted} wrong"
    share, right = percent(measured.coverage), percent(measured.covered_accuracy)
    promised = f"at most {wanted} wrong is promised, with {percent(CONFIDENCE, 0)} confidence; threshold {findings.review_threshold:.3f}"
    return f"{share} need no review, {right} of them are right ({promised})"


def _difference(paired: Paired) -> str:
    low, high = paired.interval
    return (
        f"this model has {points(paired.difference)} points (95 % interval {points(low)} to {points(high)};"
        f" McNemar's exact test, p {_p_value(paired.p_value)})"
    )


def _p_value(value: float) -> str:
    return "< 0.001" if value < 0.001 else f"= {value:.3f}"  # noqa: PLR2004  # smaller ones tell nobody more


def _tiles(measured: Measured) -> Html:
    tiles = [
        ("right", percent(measured.accuracy), f"95 % interval {span(*measured.interval)}"),
        ("need no review", percent(measured.coverage), f"{round(measured.coverage * measured.rows):,} of {measured.rows:,} texts"),
        ("right among those", _share_or_none(measured.covered_accuracy), "that need no review"),
        ("calibration error", f"{measured.calibration_error:.3f}" if measured.rows >= MIN_IN_BIN else "–", "0 is best"),
    ]
    if measured.current:
        tiles.insert(1, ("against the current model", points(measured.current.paired.difference), "percentage points"))
    shown = (f"<div><dt>{escaped(name)}</dt><dd>{escaped(value)}<small>{escaped(note)}</small></dd></div>" for name, value, note in tiles)
    return Html('<dl class="tiles">' + "".join(shown) + "</dl>")


def _share_or_none(share: float | None) -> str:
    return "–" if share is None else percent(share)


def comparison(findings: Findings, measured: Measured) -> Html:
    """The current model in a sentence, the baselines in a table."""
    head = ("", "right", "macro-F1", "this model minus it", "95 % interval", "p")
    rivals = ([measured.current] if measured.current else []) + measured.baselines
    rows = [
        (strong("this model"), percent(measured.accuracy), f"{measured.macro_f1:.3f}", "", "", ""),
        *(
            (
                rival.name,
                percent(rival.accuracy),
                f"{rival.macro_f1:.3f}",
                points(rival.paired.difference),
                "{} to {}".format(*map(points, rival.paired.interval)),
                _p_value(rival.paired.p_value).removeprefix("= "),
            )
            for rival in rivals
        ),
    ]
    return section(
        "comparison",
        "Against other models",
        paragraph(_against_current(measured.current)) if measured.current else "",
        paragraph(_on_fresh_reviews(findings.fresh)) if findings.fresh else "",
        table(head, rows, numbers=head[1:]),
        paragraph(
            "All answered the same rows; differences are in percentage points. p is McNemar's (exact): how often two equally good models"
            " would differ as much by chance.",
            "soft",
        ),
    )


def _against_current(current: Rival) -> str:
    paired = current.paired
    differing = paired.only_ours + paired.only_theirs
    text = f"On the same rows {current.name} gets {percent(current.accuracy)} right: {_difference(paired)}."
    if not differing:
        return f"{text} The two are right on the very same rows."
    text += f" On {counted(differing, 'row')} only one of the two is right: this one on {paired.only_ours:,}, the other on"
    text += f" {paired.only_theirs:,}."
    return text + (" Chance hardly explains that." if paired.is_proven else " That may well be chance.")


def _on_fresh_reviews(fresh: FreshReviews) -> str:
    new, old, paired = fresh.challenger_score, fresh.champion_score, fresh.paired_score
    text = f"Of {counted(new.rows, 'fresh review')} (rows that people have reviewed since, and from which no model learns) it gets"
    text += f" {percent(new.accuracy)} right"
    if old is None or paired is None:
        return f"{text}."
    return (
        f"{text}, the current model {percent(old.accuracy)}: {_difference(paired)}. Most of them are rows about which the model"
        " of that time was in doubt, so they flatter its successor."
    )


def warnings(findings: Findings) -> Html:
    """What was said during the training."""
    return joined(*(paragraph(warning, "warning") for warning in findings.warnings))
