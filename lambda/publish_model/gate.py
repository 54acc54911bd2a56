"""The gate: a better model is published, a worse one is not."""

from __future__ import annotations

from dataclasses import dataclass, replace

from contract.advice import about
from contract.columns import shown_labels
from contract.evaluations import Evaluation, Score
from contract.records import Current
from contract.wording import counted

MAX_NAMED_LABELS = 5
RELIABLE_ROWS = 30  # with fewer, one row moves the accuracy by more than three points


@dataclass(frozen=True)
class Decision:
    """What the gate says, and why in a sentence."""

    is_published: bool
    reason: str
    advice: str = ""  # what the owner may do about it


def decide(evaluation: Evaluation, version: int, current: Current | None, classifier: str) -> Decision:
    """Compare the new model `version` of a classifier with the current one on the same held-out rows; fresh reviews stand beside them."""
    decision = _decide(evaluation, version, current, classifier)
    corrected = evaluation.corrections.sentence() if evaluation.corrections else ""
    return replace(decision, reason=f"{decision.reason} {corrected}".rstrip())


def _decide(evaluation: Evaluation, version: int, current: Current | None, classifier: str) -> Decision:
    new, old = evaluation.challenger_score, evaluation.champion_score
    by_hand = f" {about(f'kit promote {version}', classifier)} uses it all the same."
    if current is None and evaluation.champion_version == 0:
        return _first(evaluation, new, by_hand)
    current_version = current.version if current else 0
    if current_version != evaluation.champion_version:
        return Decision(
            False,
            f"Kept, not used: model v{current_version} came into use while this one was trained, so the two were never compared"
            " on the same rows.",
            f" Drop the file again to compare them.{by_hand}",
        )
    if old is None:
        return Decision(False, f"Kept, not used: the current model v{current_version} could not be read to compare with it.", by_hand)
    lost = [label for label in evaluation.champion_labels if label not in evaluation.labels]
    if lost:
        named = shown_labels(lost, MAX_NAMED_LABELS)
        return Decision(False, f"Kept, not used: it does not know the labels {named} of the current model v{current_version}.", by_hand)
    scores = f"it is right on {_percent(new)} of {_rows(new)}, the current model v{current_version} on {_percent(old)}{_fresh(evaluation)}"
    if _is_better(evaluation, new, old):
        return Decision(True, f"Published: {scores}.")
    return Decision(False, f"Kept, not used: {scores}.", by_hand)


def _is_better(evaluation: Evaluation, new: Score, old: Score) -> bool:
    """Whether more held-out rows are answered rightly than before, and rare labels decide where as many are.

    Most fresh reviews are rows about which the current model was in doubt, which flatters its successor: so they are never added to
    the held-out rows. A model that is proven to be worse on them is kept, and one that is proven to be better is published where
    as many held-out rows are right.
    """
    fresh = evaluation.fresh_reviews.paired_score if evaluation.fresh_reviews else None
    proven = fresh.difference if fresh and fresh.is_proven else 0.0
    if proven < 0:
        return False
    return (new.accuracy, new.macro_f1) > (old.accuracy, old.macro_f1) or (new.accuracy == old.accuracy and proven > 0)


def _fresh(evaluation: Evaluation) -> str:
    """The end of the sentence, where there are fresh reviews."""
    fresh = evaluation.fresh_reviews
    if fresh is None or fresh.paired_score is None or fresh.champion_score is None:
        return ""
    chance = "chance hardly explains" if fresh.paired_score.is_proven else "may well be chance"
    return (
        f"; apart from these, on {counted(fresh.challenger_score.rows, 'fresh review')} {_percent(fresh.challenger_score)} against"
        f" {_percent(fresh.champion_score)}, a difference that {chance} (McNemar's exact test, p = {fresh.paired_score.p_value:.2g})"
    )


def _first(evaluation: Evaluation, new: Score, by_hand: str) -> Decision:
    majority = f"{evaluation.majority_accuracy:.1%}"
    if new.accuracy > evaluation.majority_accuracy:
        return Decision(
            True,
            f"Published as the first model: it is right on {_percent(new)} of {_rows(new)};"
            f" always answering the most frequent label would be right on {majority}.",
        )
    return Decision(
        False,
        f"Kept, not used: it is right on {_percent(new)} of {_rows(new)}, no better than always answering"
        f" the most frequent label ({majority}).",
        f" More rows, or clearer labels, help.{by_hand}",
    )


def _rows(score: Score) -> str:
    """How many rows the figures are about; a handful proves little."""
    return f"{score.rows} held-out rows{' (too few to rely on)' if score.rows < RELIABLE_ROWS else ''}"


def _percent(score: Score) -> str:
    return f"{score.accuracy:.1%}"
