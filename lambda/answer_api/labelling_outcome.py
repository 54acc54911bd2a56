"""What the answers to a labelling job make of its texts, and what a training on them would lack."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from consolidation import Consolidated, consolidate

from contract.columns import LEAST_LABELS, MIN_ROWS, shown_labels
from contract.labelling_ledger import LabellingJob, Said, labels_of

MOST_SHOWN = 8  # labels in a sentence


def weighed(job: LabellingJob, answers: Sequence[Mapping[str, Said]], without: Sequence[str] = ()) -> list[Consolidated | None]:
    """The label of each text by all that was said of it; None for a text without one, and for one whose label is to be left out."""
    found = consolidate([labels_of(each) for each in answers], job.labels)
    return [said if said and said.label not in without else None for said in found]


def texts_by_label(found: Sequence[Consolidated | None]) -> Counter[str]:
    """How many texts have each label."""
    return Counter(said.label for said in found if said)


def lacking(job: LabellingJob, texts: Counter[str]) -> str:
    """What a training would lack, and what to do; empty when it lacks nothing."""
    if not texts:
        return f"No text of the labelling job '{job.name}' has a label yet. Label some first."
    if len(texts) < LEAST_LABELS:
        only = shown_labels(list(texts), 1)
        return f"All labels of the labelling job '{job.name}' are {only}, and a training needs two. Label texts of another kind, too."
    rare = _rare(job, texts)
    if not rare:
        return ""
    remedy = "Label more texts, or give those another label"
    return (
        f"A training learns a label from {MIN_ROWS} texts or more, and the labelling job '{job.name}' has fewer of"
        f" {shown_labels(rare, MOST_SHOWN)}. {remedy}{', or train without them' if dispensable(job, texts) else ''}."
    )


def dispensable(job: LabellingJob, texts: Counter[str]) -> list[str]:
    """The labels with too few texts, if a training could learn from the others."""
    rare = _rare(job, texts)
    return rare if len(texts) - len(rare) >= LEAST_LABELS else []


def _rare(job: LabellingJob, texts: Counter[str]) -> list[str]:
    return [label for label in job.labels if 0 < texts[label] < MIN_ROWS]
