"""The verb `predict` refuses or fails without a trace of a result."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest
from container_cases import (
    CLAIMS,
    Ended,
    names_in,
    pack,
    summary_in,
    write_table,
)

from container.classifying import BlockClassifier, ClassifiedBlock
from model.review_picks import BlockPicks

Predict = Callable[..., Ended]


LOST = ClassifiedBlock(
    size_bytes=7,
    lines=b"",
    rejected=[],
    numbers=3,
    rows_in=3,
    rows_out=2,
    rows_to_review=0,
    labels=Counter(),
    review=BlockPicks([], 0, 0, 0),
)  # one of three rows is missing


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "'claims.csv' is empty"),
        (b"text,remark\n", "'claims.csv' has no rows below the header"),
        (b"PK\x03\x04rest", "'claims.csv' is an Excel workbook"),
        (b"one,two\na,b\n", "'claims.csv' has no column that is known to hold the text. Its columns are 'one', 'two'"),
        (b"text,review\na,b\n", "'claims.csv' has more than one column that could be the text: 'text', 'review'"),
        (b'text,remark\n"never closed,b\nc,d\n', "a quotation mark opened in row 2 is never closed"),
        (b"\x1f\x8b\x08\x00broken", "'claims.csv' is a damaged gzip file"),
    ],
    ids=["empty", "header-only", "excel", "no-text-column", "two-text-columns", "open-quote", "gzip"],
)
def test_refuses_a_file_in_a_sentence(predict: Predict, tmp_path: Path, content: bytes, words: str) -> None:
    """A file that cannot be classified ends with status 2 and a sentence, without a traceback and without a trace of a result."""
    source = tmp_path / "claims.csv"
    source.write_bytes(content)
    ended = predict(source, tmp_path / "out")
    assert ended.status == 2
    assert words in ended.log
    assert "Traceback" not in ended.log
    assert names_in(tmp_path / "out") == []


def test_a_late_refusal_leaves_the_result_before_it(predict: Predict, tmp_path: Path) -> None:
    """A file that turns out to be broken at its end does not touch the result of its earlier state."""
    source = write_table(tmp_path / "claims.csv", CLAIMS)
    assert predict(source, tmp_path / "out").status == 0
    before = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    source.write_bytes(source.read_bytes() + b'4,"open,\n')
    assert predict(source, tmp_path / "out").status == 2
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == before


def test_refuses_the_folder_of_another_result(predict: Predict, tmp_path: Path) -> None:
    """A folder holds the results of one file: a second one is refused rather than mixed in."""
    first, second = (write_table(tmp_path / name, CLAIMS) for name in ("first.csv", "second.csv"))
    assert predict(first, tmp_path / "out").status == 0
    ended = predict(second, tmp_path / "out")
    assert ended.status == 2
    assert "already holds the results of another file" in ended.log
    assert summary_in(tmp_path / "out").results == "first_results.csv"


def test_never_writes_over_its_input(predict: Predict, tmp_path: Path) -> None:
    """An input that lies where a result would go is refused and left as it is."""
    source = write_table(tmp_path / "claims_rejected.csv", CLAIMS)
    content = source.read_bytes()
    (tmp_path / "claims.csv").symlink_to(source)
    ended = predict(tmp_path / "claims.csv", tmp_path)
    assert ended.status == 2
    assert "lies where its own results would go" in ended.log
    assert source.read_bytes() == content


def test_refuses_a_missing_file_and_a_folder_that_cannot_be(predict: Predict, tmp_path: Path) -> None:
    """Names that lead nowhere are the caller's to mend."""
    missing = predict(tmp_path / "missing.csv", tmp_path / "out")
    assert (missing.status, "There is no file" in missing.log) == (2, True)
    source = write_table(tmp_path / "claims.csv", CLAIMS)
    blocked = predict(source, source / "below")
    assert (blocked.status, "Results cannot go to" in blocked.log) == (2, True)


def test_a_bad_environment_is_no_fault_of_the_clerk(predict: Predict, tmp_path: Path) -> None:
    """A malformed variable is the kit's own fault: status 1, and the variable is named."""
    ended = predict(write_table(tmp_path / "claims.csv", CLAIMS), tmp_path / "out", model_version="seven")
    assert ended.status == 1
    assert "AlgorithmError: The environment of PredictionEnvironment is incomplete: MODEL_VERSION='seven'" in ended.log


def test_refuses_a_damaged_model_by_name(predict: Predict, root: Path, trained: Path, tmp_path: Path) -> None:
    """A model that is missing, cut short or changed ends with status 2, its name and the remedy."""
    source = write_table(tmp_path / "claims.csv", CLAIMS)
    cut = pack(trained / "model", tmp_path / "cut.tar.gz")
    cut.write_bytes(cut.read_bytes()[:-1000])
    (root / "model" / "weights.npz").write_bytes(b"garbage")
    for model in (tmp_path / "missing.tar.gz", cut, root / "model"):
        ended = predict(source, tmp_path / "out", "--model", model)
        assert ended.status == 2
        assert f"The model '{model}' cannot be used." in ended.log
        assert "Traceback" not in ended.log
        assert names_in(tmp_path / "out") == []
    assert "kit rollback" in ended.log


@pytest.mark.filterwarnings("ignore::DeprecationWarning:mxnet")  # MXNet 1.9.1 uses names that NumPy 1.23 deprecates
def test_fails_when_the_gpu_is_missing(predict: Predict, tmp_path: Path) -> None:
    """A prediction that asked for a GPU never runs on the CPU in silence."""
    ended = predict(write_table(tmp_path / "claims.csv", CLAIMS), tmp_path / "out", accelerator="gpu")
    assert ended.status == 1
    assert "PlatformError: " in ended.log


def test_lost_blocks_are_not_published(predict: Predict, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Should rows ever get lost on the way, the job notices and publishes nothing."""

    def forgetful(work: object, blocks: Iterable[bytes], workers: int) -> Iterator[object]:
        yield from ()
        list(blocks)

    monkeypatch.setattr("container.batch.in_order", forgetful)
    ended = predict(write_table(tmp_path / "claims.csv", CLAIMS), tmp_path / "out")
    assert ended.status == 1
    assert "bytes of rows came in, but only 0 were classified" in ended.log
    assert names_in(tmp_path / "out") == []


def test_lost_rows_are_not_published(predict: Predict, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same when a block comes back with fewer rows than it had."""
    monkeypatch.setattr(BlockClassifier, "__call__", lambda *_: LOST)
    source = tmp_path / "claims.csv"
    source.write_text("text\n" + "x" * LOST.size_bytes)
    ended = predict(source, tmp_path / "out")
    assert ended.status == 1
    assert "3 rows came in, but 2 went out" in ended.log
    assert names_in(tmp_path / "out") == []


@pytest.mark.parametrize("stem", ["a" * 242, "é" * 121, "\udcff" * 242], ids=["letters", "accents", "no text"])
def test_a_name_that_leaves_no_room_for_that_of_the_results_is_refused(predict: Predict, tmp_path: Path, stem: str) -> None:
    """A file system counts bytes, and its 255 have to hold the ending of the results' name, too; one byte less is enough."""
    ended = predict(write_table(tmp_path / f"{stem}a.csv", CLAIMS), tmp_path / "out")
    assert ended.status == 2
    assert "would have a name of 256 bytes, and 255 are allowed. Use a shorter file name." in ended.log
    assert not (tmp_path / "out").exists()
    assert predict(write_table(tmp_path / f"{stem}.csv", CLAIMS), tmp_path / "out").status == 0
    assert names_in(tmp_path / "out") == sorted([f"{stem}_results.csv", f"{stem}_review.jsonl", "summary.json"])
