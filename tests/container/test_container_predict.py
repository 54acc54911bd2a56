"""The verb `predict` on files, with a real tiny model."""

from __future__ import annotations

import csv
import gzip
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from container_cases import (
    CLAIMS,
    FORMULA_LABEL,
    Ended,
    clean_environment,
    names_in,
    pack,
    promising,
    read_table,
    summary_in,
    table_bytes,
    write_table,
)

from contract.table import PREDICTION_COLUMNS

Predict = Callable[..., Ended]


def classified(folder: Path, name: str, delimiter: str = ",") -> list[list[str]]:
    """The rows of a result, header first."""
    return read_table((folder / f"{name}_results.csv").read_bytes(), delimiter)


@pytest.mark.parametrize(
    ("name", "encoding", "delimiter", "stem"),
    [
        ("claims.csv", "utf-8", ",", "claims"),
        ("claims.csv", "utf-8-sig", ",", "claims"),
        ("Réclamations +2 (mars).CSV", "utf-16", ",", "Réclamations +2 (mars)"),
        ("excel.csv", "cp1252", ";", "excel"),
        ("claims.tsv", "utf-8", "\t", "claims"),
        ("claims.csv.gz", "utf-8", ",", "claims"),
    ],
)
def test_keeps_every_row_and_column(predict: Predict, tmp_path: Path, name: str, encoding: str, delimiter: str, stem: str) -> None:
    """Whatever the table's encoding, delimiter, compression and name, its own columns come back untouched and in order."""
    content = table_bytes(CLAIMS, encoding, delimiter)
    source = tmp_path / name
    source.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    ended = predict(source, tmp_path / "out")
    assert ended.status == 0, ended.log
    rows = classified(tmp_path / "out", stem, ";" if delimiter == ";" else ",")
    assert [row[:3] for row in rows] == CLAIMS
    assert rows[0][3:] == list(PREDICTION_COLUMNS)
    summary = summary_in(tmp_path / "out")
    assert (summary.rows_in, summary.rows_out, summary.rows_rejected) == (3, 3, 0)
    assert (summary.text_column, summary.model_version, summary.results) == ("text", "v7", f"{stem}_results.csv")
    assert names_in(tmp_path / "out") == [f"{stem}_results.csv", f"{stem}_review.jsonl", "summary.json"]


def test_the_model_is_the_one_that_was_trained(predict: Predict, tmp_path: Path) -> None:
    """Texts that it was trained on get their labels, with plausible values in every added column."""
    source = write_table(tmp_path / "claims.csv", CLAIMS)
    assert predict(source, tmp_path / "out").status == 0
    labels = []
    for row in classified(tmp_path / "out", "claims")[1:]:
        label, confidence, second, second_confidence, needs_review, reason, version = row[3:]
        labels.append(label)
        assert {label, second} == {"delivery", f"'{FORMULA_LABEL}"}
        assert [len(value.partition(".")[2]) for value in (confidence, second_confidence)] == [4, 4]
        assert 0.5 <= float(confidence) <= 1.0
        assert float(confidence) + float(second_confidence) == pytest.approx(1.0, abs=2e-4)
        assert needs_review == ("yes" if reason else "no")
        assert version == "v7"
    assert labels == ["delivery", f"'{FORMULA_LABEL}", "delivery"]


def test_neutralises_formulas_in_its_own_columns_only(predict: Predict, tmp_path: Path) -> None:
    """A label that a spreadsheet would run gets an apostrophe, the person's own columns do not, and the summary counts the true label."""
    source = write_table(tmp_path / "claims.csv", CLAIMS)
    assert predict(source, tmp_path / "out").status == 0
    rows = classified(tmp_path / "out", "claims")
    assert rows[3][2] == "=SUM(A1)"
    assert rows[2][3] == f"'{FORMULA_LABEL}"
    assert summary_in(tmp_path / "out").labels == {"delivery": 2, FORMULA_LABEL: 1}


def test_neutralises_all_columns_on_request(predict: Predict, tmp_path: Path) -> None:
    """With --neutralise-all no cell of the result can run, the header included."""
    source = write_table(tmp_path / "claims.csv", [["text", "+total"], ["late parcel", "@risk"], ["broken", "-cmd"]])
    assert predict(source, tmp_path / "out", "--neutralise-all").status == 0
    assert [row[1] for row in classified(tmp_path / "out", "claims")] == ["'+total", "'@risk", "'-cmd"]


def test_explains_on_request(predict: Predict, tmp_path: Path) -> None:
    """The last column names the words that moved each decision; the others are what they were without it."""
    rows = [["id", "text"], ["1", "the parcel came late"], ["2", ""], ["3", "the motor hums; stops"]]
    claims = write_table(tmp_path / "claims.csv", rows, delimiter=";")
    assert predict(claims, tmp_path / "plain").status == 0
    assert predict(claims, tmp_path / "out", "--explain").status == 0
    header, *rows = classified(tmp_path / "out", "claims", ";")
    assert header == ["id", "text", *PREDICTION_COLUMNS, "explanation"]
    assert [row[:-1] for row in (header, *rows)] == classified(tmp_path / "plain", "claims", ";")
    assert [bool(row[-1]) for row in rows] == [True, False, True]
    for row in rows:
        for word, change in re.findall(r"(\S+) \(([+-][\d.]+)\)", row[-1]):
            assert word in row[1]
            assert abs(float(change)) > 0
    assert re.match(r"\w+ \(\+", rows[0][-1])


def test_an_error_rate_on_request(predict: Predict, root: Path, tmp_path: Path) -> None:
    """The promise decides which rows ask for a review, and the summary tells it; one that the model cannot make leaves all to a person."""
    promising(root / "model", at_5=1.0, at_10=0.0)
    claims = write_table(tmp_path / "claims.csv", CLAIMS)
    expected = {"10": (["no"] * 3, 0.0, True), "5": (["yes"] * 3, 1.0, True), "1": (["yes"] * 3, None, False)}
    for asked, (needs_review, threshold, is_kept) in expected.items():
        out = tmp_path / asked
        assert predict(claims, out, "--max-error", asked).status == 0
        assert [row[7] for row in classified(out, "claims")[1:]] == needs_review
        promise = summary_in(out).promise_outcome
        assert promise is not None
        assert (promise.max_error, promise.threshold, promise.is_kept) == (int(asked) / 100, threshold, is_kept)
        assert (promise.accepted, promise.possible) == (needs_review.count("no"), [0.05, 0.1])
    assert classified(tmp_path / "1", "claims")[1][8] == "no promise possible"
    assert predict(claims, tmp_path / "usual").status == 0
    assert summary_in(tmp_path / "usual").promise["max_error"] == 0.05
    assert predict(claims, tmp_path / "set", max_error="10").status == 0  # of the environment
    assert summary_in(tmp_path / "set").promise["max_error"] == 0.1
    with pytest.raises(SystemExit, match="2"):
        predict(claims, tmp_path / "bad", "--max-error", "4")


def test_an_engine_by_name(predict: Predict, tmp_path: Path) -> None:
    """NumPy runs everywhere and says what the kernel says; one that is not there is refused by name."""
    claims = write_table(tmp_path / "claims.csv", CLAIMS)
    assert predict(claims, tmp_path / "a").status == 0
    assert predict(claims, tmp_path / "b", "--engine", "numpy").status == 0
    assert summary_in(tmp_path / "b").engine.startswith("numpy ")
    assert [row[3] for row in classified(tmp_path / "a", "claims")] == [row[3] for row in classified(tmp_path / "b", "claims")]
    ended = predict(claims, tmp_path / "c", "--engine", "abacus")
    assert ended.status == 2
    assert "There is no engine 'abacus' here" in ended.log


def test_rejects_unreadable_rows_by_number(predict: Predict, tmp_path: Path) -> None:
    """Ragged and misquoted rows go to claims_rejected.csv with row, reason and record; all others keep their order."""
    source = tmp_path / "claims.csv"
    source.write_text('text,remark\r\nlate parcel,a\r\n=1+1,b,c\r\n"quoted\r\nnewline",d\r\nno remark\r\n"bad" quote,e\r\nbroken,f\r\n')
    assert predict(source, tmp_path / "out").status == 0
    rows = classified(tmp_path / "out", "claims")
    assert [row[:2] for row in rows[1:]] == [["late parcel", "a"], ["quoted\r\nnewline", "d"], ["broken", "f"]]
    rejected = read_table((tmp_path / "out" / "claims_rejected.csv").read_bytes())
    assert rejected[0] == ["row", "reason", "record"]
    assert [(row[0], row[2]) for row in rejected[1:]] == [("3", "'=1+1,b,c"), ("5", "no remark"), ("6", '"bad" quote,e')]
    summary = summary_in(tmp_path / "out")
    assert (summary.rows_in, summary.rows_out, summary.rows_rejected, summary.rejected) == (6, 3, 3, "claims_rejected.csv")


def test_a_file_of_rejected_rows_only_has_a_result(predict: Predict, tmp_path: Path) -> None:
    """When no row can be read, the result is a header and claims_rejected.csv says why for each row."""
    source = tmp_path / "claims.csv"
    source.write_text("text,remark\na,b,c\nd\n")
    assert predict(source, tmp_path / "out").status == 0
    assert len(classified(tmp_path / "out", "claims")) == 1
    summary = summary_in(tmp_path / "out")
    assert (summary.rows_in, summary.rows_out, summary.rows_rejected) == (2, 0, 2)


def test_a_row_without_text_goes_out_for_review(predict: Predict, tmp_path: Path) -> None:
    """An empty text is no reason to lose its row: it has no label and asks for a review."""
    source = write_table(tmp_path / "claims.csv", [["id", "text"], ["1", ""], ["2", "late parcel"]])
    assert predict(source, tmp_path / "out").status == 0
    row = classified(tmp_path / "out", "claims")[1]
    assert (row[0], row[2], row[3], row[6]) == ("1", "", "0.0000", "yes")
    assert summary_in(tmp_path / "out").rows_to_review >= 1


@pytest.mark.parametrize("known", [True, False])
def test_the_summary_tells_how_often_the_files_own_category_differs(predict: Predict, tmp_path: Path, root: Path, known: bool) -> None:
    """It names the column it compares with, and counts no row without a text; a column that holds no labels is none."""
    labels = json.loads((root / "model" / "model.json").read_bytes())["labels"]
    own = labels[0] if known else "PX-12"
    texts = ["", "late parcel", "broken motor", "charged twice", "parcel is late"]
    source = write_table(tmp_path / "claims.csv", [["text", "category"], *([text, own] for text in texts)])
    assert predict(source, tmp_path / "out").status == 0
    predicted = [row[2].removeprefix("'") for row in classified(tmp_path / "out", "claims")[1:]]
    summary = summary_in(tmp_path / "out")
    differing = sum(label != own for label in predicted if label)
    assert (summary.own_column, summary.rows_differing) == (("category", differing) if known else ("", 0))


def test_numbers_columns_that_are_taken(predict: Predict, tmp_path: Path) -> None:
    """A table that already has a column of ours keeps it; ours gets a number."""
    source = write_table(tmp_path / "claims.csv", [["text", "confidence"], ["late parcel", "high"]])
    assert predict(source, tmp_path / "out").status == 0
    header, row = classified(tmp_path / "out", "claims")
    assert header[:4] == ["text", "confidence", "predicted_label", "confidence_2"]
    assert row[1] == "high"


def test_a_new_result_takes_old_rejects_away(predict: Predict, tmp_path: Path) -> None:
    """A result without rejected rows does not stand beside the rejected rows of an earlier run."""
    source = tmp_path / "claims.csv"
    source.write_text("text,remark\nlate parcel,a\nragged\n")
    assert predict(source, tmp_path / "out").status == 0
    assert "claims_rejected.csv" in names_in(tmp_path / "out")
    source.write_text("text,remark\nlate parcel,a\nmended,b\n")
    assert predict(source, tmp_path / "out").status == 0
    assert names_in(tmp_path / "out") == ["claims_results.csv", "claims_review.jsonl", "summary.json"]


def test_takes_the_text_column_from_its_environment(predict: Predict, tmp_path: Path) -> None:
    """The setting text_column decides where names do not."""
    source = write_table(tmp_path / "claims.csv", [["one", "two"], ["late parcel", "broken motor"]])
    assert predict(source, tmp_path / "out", text_column="two").status == 0
    assert summary_in(tmp_path / "out").text_column == "two"


def test_takes_the_text_column_that_the_model_was_trained_on(predict: Predict, root: Path, tmp_path: Path) -> None:
    """It is the one to read in any file that has it, though other names are known, or it stands alone in another case."""
    described = json.loads((root / "model" / "model.json").read_bytes())
    described["hyperparameters"]["text_column"] = "two"
    (root / "model" / "model.json").write_text(json.dumps(described))
    source = write_table(tmp_path / "claims.csv", [["text", "two"], ["late parcel", "broken motor"]])
    assert predict(source, tmp_path / "out").status == 0
    assert summary_in(tmp_path / "out").text_column == "two"
    alone = write_table(tmp_path / "alone.csv", [["Two"], ["late parcel"]])
    assert predict(alone, tmp_path / "alone").status == 0
    assert summary_in(tmp_path / "alone").text_column == "Two"
    other = write_table(tmp_path / "other.csv", [["text"], ["late parcel"]])
    assert predict(other, tmp_path / "other").status == 0
    assert summary_in(tmp_path / "other").text_column == "text"


def test_computes_cost_and_records_where_it_ran(predict: Predict, tmp_path: Path) -> None:
    """The summary names image, commit, engine and model, and its cost is its time by the hour's price."""
    source = write_table(tmp_path / "claims.csv", CLAIMS)
    assert predict(source, tmp_path / "out", usd_per_hour="3600", image_tag="cpu-1", commit="c0ffee", model_version="9").status == 0
    summary = summary_in(tmp_path / "out")
    assert summary.cost_usd == pytest.approx(summary.seconds, abs=0.01)
    assert (summary.image_tag, summary.commit, summary.model_version) == ("cpu-1", "c0ffee", "v9")
    assert (summary.training_object, summary.training_object_version) == ("s3://train/claims.csv", "t1")
    assert summary.engine.startswith(("numpy", "kernel"))


def test_reads_a_packed_model(predict: Predict, trained: Path, tmp_path: Path) -> None:
    """A model.tar.gz gives the same rows as the folder that it was made of."""
    source = write_table(tmp_path / "claims.csv", CLAIMS)
    archive = pack(trained / "model", tmp_path / "model.tar.gz")
    assert predict(source, tmp_path / "a").status == 0
    assert predict(source, tmp_path / "b", "--model", archive).status == 0
    assert (tmp_path / "a" / "claims_results.csv").read_bytes() == (tmp_path / "b" / "claims_results.csv").read_bytes()


def test_blocks_do_not_show_in_the_result(predict: Predict, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The result and the rejected rows are the same bytes whether the table goes through at once or row by row."""
    source = write_table(tmp_path / "claims.csv", [CLAIMS[0], *[*CLAIMS[1:], ["ragged"], []] * 5])
    outcomes = []
    for block_bytes in (1 << 20, 100, 1):
        monkeypatch.setattr("container.batch.BLOCK_BYTES", block_bytes)
        out = tmp_path / str(block_bytes)
        assert predict(source, out).status == 0
        outcomes.append([(out / name).read_bytes() for name in ("claims_results.csv", "claims_rejected.csv")])
    assert outcomes[1:] == [outcomes[0]] * 2
    assert [row[0] for row in read_table(outcomes[0][1])[1:]] == ["5", "10", "15", "20", "25"]


def test_loads_neither_mxnet_nor_pandas(root: Path, tmp_path: Path) -> None:
    """Predicting on a CPU does not pay for the libraries of the training half."""
    source = write_table(tmp_path / "claims.csv", CLAIMS)
    script = (
        "import sys; from container.__main__ import main; status = main(sys.argv[1:]);"
        "print(status, sorted({'mxnet', 'pandas', 'matplotlib', 'numpy.typing'} & set(sys.modules)))"
    )
    arguments = ["predict", "--root", str(root), "--input", str(source), "--output", str(tmp_path / "out")]
    ran = subprocess.run([sys.executable, "-c", script, *arguments], env=clean_environment(), capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines()[-1] == "0 []"


def test_a_huge_field_is_a_row_like_any_other(predict: Predict, tmp_path: Path) -> None:
    """A text of a million words comes back whole."""
    text = "late parcel " * 500_000
    source = write_table(tmp_path / "claims.csv", [["text", "id"], [text, "1"], ["broken", "2"]])
    csv.field_size_limit(len(text) + 1)
    assert predict(source, tmp_path / "out").status == 0
    assert classified(tmp_path / "out", "claims")[1][0] == text


def test_the_summary_is_json_whatever_the_names(predict: Predict, tmp_path: Path) -> None:
    """A file name that is no valid text does not break the summary."""
    source = tmp_path / "bad\udcff.csv"
    write_table(source, CLAIMS)
    assert predict(source, tmp_path / "out").status == 0
    assert json.loads((tmp_path / "out" / "summary.json").read_bytes())["rows_in"] == 3
