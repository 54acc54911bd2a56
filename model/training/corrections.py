"""What people said of texts joins the rows of a training.

A text that the file has keeps its place, and the person's label overrules the file's, but not where it is held out: people were
shown rows of which a model was in doubt, so labels mended there alone would bend the figures, and what is promised by them. Such
rows are counted. Another text goes where it belongs, as the rows of the file do: those that would be held out are learned
by no model and are the fresh reviews, which stand beside the held-out rows of the file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from contract.columns import MAX_CHARS, MAX_LABELS
from contract.corrections import Correction
from contract.errors import AlgorithmError
from contract.evaluations import Corrected
from contract.texts import normal_form
from model.training.rows import Rows, keys
from model.training.split import is_held_out, ranks

UNREADABLE_CORRECTION = "unreadable correction"
RARE_NEW_LABEL = "correction with a label that too few have"
LEAST_OF_NEW_LABEL = 2  # as many as a label of the file must have

TRAIN, VALIDATION, TEST, FRESH = "train", "validation", "test", "fresh"


@dataclass(frozen=True)
class Shares:
    """Which part of all texts is held out; 0 where a channel brings the rows."""

    test: float
    validation: float


@dataclass(frozen=True)
class Joined:
    """The sets with what people said, and what came of that."""

    train: Rows
    validation: Rows
    test: Rows
    fresh: Rows  # that no model learns from, beside the test rows
    corrected: Corrected | None  # None when nobody said anything


def read_corrections(paths: Sequence[Path], dropped: Counter[str]) -> dict[bytes, Correction]:
    """The corrections of a channel by the keys of their texts; what is none is counted in `dropped`."""
    found: dict[bytes, Correction] = {}
    for path in paths:
        try:
            correction = Correction.from_json(path.read_bytes())
        except AlgorithmError:
            dropped[UNREADABLE_CORRECTION] += 1
            continue
        label = correction.label.strip()
        if not normal_form(correction.text) or not 0 < len(label) <= MAX_CHARS:
            dropped[UNREADABLE_CORRECTION] += 1
            continue
        (key,) = keys([correction.text])
        held = found.get(key)
        if held is None or held.at < correction.at:
            found[key] = replace(correction, label=label)
    return found


def join(sets: Mapping[str, Rows], said: Mapping[bytes, Correction], shares: Shares, dropped: Counter[str]) -> Joined:
    """Let corrections join the sets TRAIN, VALIDATION and TEST of a file; what cannot join is counted in `dropped`."""
    train, validation, test = sets[TRAIN], sets[VALIDATION], sets[TEST]
    if not said:
        return Joined(train, validation, test, train.take([]), None)
    places = {key: (name, position) for name, rows in sets.items() for position, key in enumerate(keys(rows.texts)) if key in said}
    fates = {key: places[key][0] for key in places} | _fates({key: entry for key, entry in said.items() if key not in places}, shares)
    known = _admitted(sets, said, fates)
    usable = {key: entry for key, entry in said.items() if entry.label in known}
    dropped[RARE_NEW_LABEL] += len(said) - len(usable)
    of_file = {*train.labels}

    labels = {name: list(rows.labels) for name, rows in sets.items()}
    weights = {name: None if rows.weights is None else list(rows.weights) for name, rows in sets.items()}
    added: dict[str, list[Correction]] = {name: [] for name in (TRAIN, VALIDATION, FRESH)}
    overruled: Counter[str] = Counter()
    for key, entry in usable.items():
        if key in places:
            name, position = places[key]
            overruled[name] += labels[name][position] != entry.label
            if name != TEST:
                labels[name][position] = entry.label
                if (sure := weights[name]) is not None:
                    sure[position] = 1.0  # whoever corrects a row has looked at it, whatever its annotators made of it
        else:
            fate = TRAIN if fates[key] == VALIDATION and entry.label not in of_file else fates[key]  # a new label must be learned at all
            added[fate].append(entry)
    joined = {
        name: replace(
            rows,
            texts=[*rows.texts, *(entry.text for entry in added.get(name, ()))],
            labels=[*labels[name], *(entry.label for entry in added.get(name, ()))],
            weights=None if (sure := weights[name]) is None else [*sure, *(1.0 for _ in added.get(name, ()))],
        )
        for name, rows in sets.items()
    }
    fresh = replace(train, texts=[entry.text for entry in added[FRESH]], labels=[entry.label for entry in added[FRESH]], weights=None)
    learned = [entry for key, entry in usable.items() if fates[key] in (TRAIN, VALIDATION)]
    corrected = Corrected(
        rows=len(learned),
        people=len({entry.by for entry in learned}),
        wrong=_wrong(learned),
        overruled=overruled[TRAIN] + overruled[VALIDATION],
        disputed=overruled[TEST],
        fresh=len(fresh),
    )
    return Joined(joined[TRAIN], joined[VALIDATION], joined[TEST], fresh, corrected)


def _fates(new: Mapping[bytes, Correction], shares: Shares) -> dict[bytes, str]:
    """Where texts that the file has not belong: a matter of their text alone."""
    rows = Rows([entry.text for entry in new.values()], [entry.label for entry in new.values()])
    is_test, is_validation = (
        is_held_out(ranks(rows, name), share) for name, share in ((TEST, shares.test), (VALIDATION, shares.validation))
    )
    fates = np.where(is_test, FRESH, np.where(is_validation, VALIDATION, TRAIN))
    return dict(zip(new, fates.tolist(), strict=True))


def _admitted(sets: Mapping[str, Rows], said: Mapping[bytes, Correction], fates: Mapping[bytes, str]) -> set[str]:
    """The labels of the file, and of those that people made the ones from which something can be learned."""
    of_file = {*sets[TRAIN].labels}
    made = Counter(entry.label for key, entry in said.items() if fates[key] in (TRAIN, VALIDATION) and entry.label not in of_file)
    enough = [label for label, count in made.most_common(MAX_LABELS - len(of_file)) if count >= LEAST_OF_NEW_LABEL]
    return {*of_file, *enough}


def _wrong(learned: Sequence[Correction]) -> dict[str, int]:
    """In how many the model had said something else, by its version."""
    counts = Counter(entry.model_version for entry in learned if not entry.is_right)
    return {f"v{version}": counts[version] for version in sorted(counts)}
