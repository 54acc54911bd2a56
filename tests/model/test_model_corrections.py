"""Corrections in a training: what they change, and what they must not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from model_samples import PROVENANCE, TrainingFiles, labelled, tiny, train, train_on, write_csv

from contract.corrections import Correction
from contract.errors import UserError
from contract.evaluations import Evaluation
from model.classifier import Classifier
from model.training.corrections import RARE_NEW_LABEL, TEST, TRAIN, UNREADABLE_CORRECTION, VALIDATION, Shares, join, read_corrections
from model.training.rows import RARE_LABEL, Rows, keys
from model.training.sets import Sets, read_sets
from model.training.split import is_held_out, ranks

Write = Callable[..., tuple[Path, ...]]


def said(text: str, label: str, by: str = "ann", predicted: str = "other", version: int = 3, at: str = "2026-11-22T08:00:00") -> Correction:
    """What a person said of a text."""
    return Correction(
        text=text,
        label=label,
        by=by,
        at=at,
        job_id="predict-1",
        row=1,
        object="s3://predict/claims.csv",
        object_version="v",
        model_version=version,
        predicted_label=predicted,
        confidence=0.5,
    )


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes corrections as the channel of a training holds them."""

    def written(*corrections: Correction) -> tuple[Path, ...]:
        folder = tmp_path / "corrections"
        folder.mkdir(exist_ok=True)
        paths = []
        for number, correction in enumerate(corrections):
            paths.append(folder / f"{number:04}.json")
            paths[-1].write_text(correction.to_json())
        return tuple(paths)

    return written


def texts_of_all(sets: Sets) -> list[str]:
    """Every text of every set, the fresh reviews included."""
    return [text for rows in (sets.train, sets.validation, sets.test, sets.fresh) for text in rows.texts]


def is_out(text: str, purpose: str = TEST, share: float = 0.1) -> bool:
    """Whether a text is held out, whatever stands beside it."""
    return bool(is_held_out(ranks(Rows([text], [""]), purpose), share)[0])


def some(count: int, *, held_out: bool) -> list[str]:
    """So many texts that are held out of every training, or of none."""
    made: list[str] = []
    number = 0
    while len(made) < count:
        text, number = f"the valve drips, report {number}", number + 1
        if is_out(text) == held_out and not is_out(text, VALIDATION):
            made.append(text)
    return made


def test_without_corrections_nothing_is_different(claims: Path) -> None:
    """No channel is no difference: the sets are those of the file."""
    sets = read_sets(TrainingFiles((claims,)), tiny())
    assert sets.corrected is None
    assert len(sets.fresh) == 0


def test_a_correction_overrules_the_file(claims: Path, write: Write) -> None:
    """The text keeps its place, and its label is the person's, however the text is written there."""
    before = read_sets(TrainingFiles((claims,)), tiny())
    text, wrong = before.train.texts[0], before.train.labels[0]
    label = next(label for label in before.labels if label != wrong)
    sets = read_sets(TrainingFiles((claims,), corrections=write(said(f" {text.upper()} ", label))), tiny())
    assert sets.train.texts == before.train.texts
    assert sets.train.labels == [label, *before.train.labels[1:]]
    assert sets.corrected is not None
    assert (sets.corrected.rows, sets.corrected.overruled, sets.corrected.disputed) == (1, 1, 0)


def test_what_is_held_out_of_the_file_stays_however_many_corrections_come(claims: Path, write: Write) -> None:
    """The frozen rows have the same texts and labels in the same order; that a person said otherwise of one is counted, not hidden."""
    before = read_sets(TrainingFiles((claims,)), tiny())
    many = [said(f"another text {number}", before.labels[number % 3]) for number in range(300)]
    overruling = said(before.test.texts[0], next(label for label in before.labels if label != before.test.labels[0]))
    sets = read_sets(TrainingFiles((claims,), corrections=write(*many, overruling)), tiny())
    assert (sets.test.texts, sets.test.labels) == (before.test.texts, before.test.labels)
    assert sets.validation.texts[: len(before.validation)] == before.validation.texts
    assert sets.corrected is not None
    assert (sets.corrected.overruled, sets.corrected.disputed) == (0, 1)
    assert sets.held_out == before.held_out


def test_held_out_texts_never_train(claims: Path, write: Write) -> None:
    """A corrected text that would be held out of a file is learned by nobody: it is a fresh review."""
    learned, kept = some(20, held_out=False), some(20, held_out=True)
    sets = read_sets(TrainingFiles((claims,), corrections=write(*(said(text, "brakes") for text in [*learned, *kept]))), tiny())
    assert set(sets.fresh.texts) == set(kept)
    assert set(learned) <= set(sets.train.texts)
    assert not set(kept) & {*sets.train.texts, *sets.validation.texts, *sets.test.texts}
    assert sets.corrected is not None
    assert (sets.corrected.rows, sets.corrected.fresh) == (20, 20)


TEXT = st.text("ab ", min_size=1, max_size=4)
LABEL = st.sampled_from(["a", "b", "new", "rare"])


@given(st.lists(st.tuples(TEXT, st.sampled_from("ab")), max_size=30), st.lists(st.tuples(TEXT, LABEL), max_size=30))
@example([("a", "a")], [("a", "b"), ("b", "a"), ("aa", "b")])
def test_no_text_is_in_two_sets_and_none_is_lost(rows: list[tuple[str, str]], corrections: list[tuple[str, str]]) -> None:
    """Whatever people say: each text is in one set, under the label that a person gave it, or counted as left out; frozen rows stay."""
    distinct = {key: row for row in rows if row[0].strip() for key in keys([row[0]])}
    known = {key: said(*row) for row in corrections if row[0].strip() for key in keys([row[0]])}
    parts: dict[str, Rows] = {}
    for number, name in enumerate((TRAIN, VALIDATION, TEST)):
        part = [row for place, row in enumerate(distinct.values()) if place % 3 == number]
        parts[name] = Rows([text for text, _ in part], [label for _, label in part])
    dropped: Counter[str] = Counter()
    joined = join(parts, known, Shares(0.3, 0.3), dropped)
    sets = (joined.train, joined.validation, joined.test, joined.fresh)
    found = {key: label for part in sets for key, label in zip(keys(part.texts), part.labels, strict=True)}
    assert sum(map(len, sets)) == len(found)
    assert (joined.test.texts, joined.test.labels) == (parts[TEST].texts, parts[TEST].labels)
    left_out = set(distinct) | set(known)
    assert len(left_out) - len(found) <= dropped[RARE_NEW_LABEL]
    assert all(found[key] in (correction.label, distinct.get(key, ("", ""))[1]) for key, correction in known.items() if key in found)
    overruled_away = {*parts[TRAIN].labels}  # whose rows left are of an unknown label to the training, which counts them
    assert {*joined.validation.labels[len(parts[VALIDATION]) :]} <= {*joined.train.labels, *overruled_away}


def test_a_label_that_people_make_is_learned_when_there_is_enough_of_it(claims: Path, write: Write) -> None:
    """Two rows are enough, as in a file; a single one is left out and costs nobody the training."""
    frost = [said(text, "frost") for text in some(4, held_out=False)]
    (other,) = (text for text in some(5, held_out=False) if text not in {entry.text for entry in frost})
    sets = read_sets(TrainingFiles((claims,), corrections=write(*frost, said(other, "once only"))), tiny())
    assert sets.labels == ["brakes", "frost", "paint", "radio"]
    assert sets.dropped[RARE_NEW_LABEL] == 1
    assert other not in texts_of_all(sets)


def test_a_row_left_out_for_its_rare_label_comes_back_under_another(tmp_path: Path, write: Write) -> None:
    """A slip of the pen that a person mends is learned; one that is confirmed alone is as rare as before."""
    mended, confirmed = some(2, held_out=False)
    path = write_csv(tmp_path / "a.csv", [*labelled(60), ("braeks", mended), ("pant", confirmed)])
    sets = read_sets(TrainingFiles((path,), corrections=write(said(mended, "brakes"), said(confirmed, "pant"))), tiny())
    assert dict(zip(sets.train.texts, sets.train.labels, strict=True))[mended] == "brakes"
    assert confirmed not in texts_of_all(sets)
    assert sets.dropped == {RARE_LABEL: 2, RARE_NEW_LABEL: 1}


def test_what_is_no_correction_is_left_out_and_counted(tmp_path: Path, write: Write) -> None:
    """Broken JSON, another shape, no text, a text as the label; of two about the same text the later one counts."""
    for name, content in (("a", "{"), ("b", "[]"), ("c", '{"text": 1}')):
        (tmp_path / f"{name}.json").write_text(content)
    dropped: Counter[str] = Counter()
    paths = write(said(" ", "x"), said("fine", "x" * 201), said("Fine", "new", at="2026-11-22T09"), said("fine", "old", at="2026-11-22T08"))
    found = read_corrections([*sorted(tmp_path.glob("*.json")), *paths], dropped)
    assert [entry.label for entry in found.values()] == ["new"]
    assert dropped == {UNREADABLE_CORRECTION: 5}


def test_a_file_whose_labels_are_all_overruled_is_refused(tmp_path: Path, write: Write) -> None:
    """A classifier needs two labels, and the sentence says that the corrections left one."""
    path = write_csv(tmp_path / "a.csv", [(label, f"{label} {number}") for label in "xy" for number in range(6)])
    corrections = write(*(said(f"y {number}", "x") for number in range(6)))
    with pytest.raises(UserError, match="With the corrections all training rows have one label, 'x'"):
        read_sets(TrainingFiles((path,), corrections=corrections), tiny())


def test_given_channels_stay_what_they_are(tmp_path: Path, write: Write) -> None:
    """Rows that somebody chose to validate and test on get no company."""
    paths = [
        write_csv(tmp_path / f"{name}.csv", [(label, f"{name} {label} {number}") for label in "xy" for number in range(9)])
        for name in "abc"
    ]
    files = TrainingFiles((paths[0],), (paths[1],), (paths[2],), write(*(said(f"text {number}", "x") for number in range(100))))
    sets = read_sets(files, tiny())
    assert (len(sets.validation), len(sets.test)) == (18, 18)
    assert len(sets.train) + len(sets.fresh) == 18 + 100


@pytest.fixture(scope="module")
def retrained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Sequence[Correction]]:
    """A model trained with corrections that bring a new label, beside a champion that knows nothing of it; and the corrections."""
    folder = tmp_path_factory.mktemp("retrained")
    claims = write_csv(folder / "claims.csv", labelled(240))
    train_on(claims, folder / "champion")
    corrections = [
        said(text, "valves", by=f"person {number % 3}", predicted="valves" if number < 5 else "brakes")
        for number, text in enumerate([*some(40, held_out=False), *some(12, held_out=True)])
    ]
    frozen = read_sets(TrainingFiles((claims,)), tiny()).test
    corrections.append(said(frozen.texts[0], next(label for label in frozen.labels if label != frozen.labels[0])))
    paths = []
    for number, correction in enumerate(corrections):
        paths.append(folder / f"{number}.json")
        paths[-1].write_text(correction.to_json())
    train(
        TrainingFiles((claims,), corrections=tuple(paths)),
        tiny(epochs=6),
        folder / "model",
        provenance=PROVENANCE,
        champion=folder / "champion",
    )
    return folder / "model", corrections


def test_the_evaluation_says_what_people_changed(retrained: tuple[Path, Sequence[Correction]]) -> None:
    """How many corrections by how many people, which model was wrong in how many, and both models on the fresh reviews."""
    evaluation = Evaluation.from_json((retrained[0] / "evaluation.json").read_bytes())
    corrected, fresh = evaluation.corrections, evaluation.fresh_reviews
    assert corrected is not None
    assert corrected.sentence() == "It learned from 40 corrections by 3 people; v3 was wrong in 35 of them."
    assert fresh is not None
    assert fresh.champion_score is not None
    assert fresh.paired_score is not None
    assert (fresh.challenger_score.rows, fresh.champion_score.accuracy) == (12, 0.0)
    assert fresh.challenger_score.accuracy > 0.8
    assert fresh.paired_score.only_ours == round(12 * fresh.challenger_score.accuracy)
    assert fresh.paired_score.is_proven
    assert evaluation.paired_score is not None
    assert evaluation.paired_score.rows == evaluation.challenger_score.rows
    assert "valves" in Classifier.load(retrained[0]).labels


def test_the_report_says_so_too(retrained: tuple[Path, Sequence[Correction]]) -> None:
    """In the words of the evaluation, and why fresh reviews flatter the new model."""
    page = (retrained[0] / "report.html").read_text()
    assert "It learned from 40 corrections by 3 people; v3 was wrong in 35 of them." in page
    assert "Of 1 held-out row a person said otherwise than the file, whose labels stand" in page
    assert "12 corrections more, of texts that are held out of every training, stand apart as fresh reviews." in page
    assert "Of 12 fresh reviews" in page
    assert "they flatter its successor" in page
