"""The made claims: reproducible, as the README counts them, and not to be solved by keywords."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

import prepare
import pytest

from contract.columns import Columns, choose_columns
from contract.table import Row, TableReader

DATA = Path(prepare.__file__).parent
SAMPLES = DATA / "samples"
README = (DATA / "README.md").read_text(encoding="utf-8")


def rows_of(name: str) -> list[dict[str, str]]:
    """A sample's rows, read with the standard library."""
    with (SAMPLES / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def tables() -> dict[str, dict[str, list[str]]]:
    """The README's tables by their first column's name: first cell to the other cells."""
    found: dict[str, dict[str, list[str]]] = {}
    for block in re.findall(r"(?:^\|.*\|\n)+", README, re.MULTILINE):
        head, _, *body = ([cell.strip() for cell in line.strip("|\n").split("|")] for line in block.splitlines())
        found[head[0]] = {cells[0]: cells[1:] for cells in body}
    return found


def test_samples_are_regenerated_byte_for_byte(tmp_path: Path) -> None:
    """The committed samples are what the script writes today."""
    prepare.main(["--samples", "--out", str(tmp_path)])
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {path.name: path.read_bytes() for path in SAMPLES.iterdir()}


def test_more_rows_only_add_to_the_end(tmp_path: Path) -> None:
    """A longer file begins with the shorter one, and another seed makes other claims."""
    for name, rows, seed in (("short", 30, 5), ("long", 50, 5), ("other", 30, 6)):
        prepare.main(["--rows", str(rows), "--seed", str(seed), "--out", str(tmp_path / name)])
    short, long, other = ((tmp_path / name / "train.csv").read_bytes() for name in ("short", "long", "other"))
    assert long.startswith(short)
    assert len(long) > len(short)
    assert other != short


def test_truth_belongs_to_the_claims(tmp_path: Path) -> None:
    """claims.csv has no category, and claims_labels.csv has one for each of its ids."""
    prepare.main(["--rows", "200", "--out", str(tmp_path)])
    with (tmp_path / "claims.csv").open(encoding="utf-8", newline="") as file:
        claims = list(csv.DictReader(file))
    with (tmp_path / "claims_labels.csv").open(encoding="utf-8", newline="") as file:
        truth = list(csv.DictReader(file))
    assert "category" not in claims[0]
    assert [row["claim_id"] for row in claims] == [row["claim_id"] for row in truth]
    assert len(claims) == 20


@pytest.mark.parametrize("rows", ["0", "-1", "many"])
def test_rows_must_be_a_positive_number(rows: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A nonsensical number of rows is bad usage."""
    with pytest.raises(SystemExit) as stop:
        prepare.main(["--rows", rows])
    assert stop.value.code == 2
    assert "--rows" in capsys.readouterr().err


def test_samples_are_small() -> None:
    """No committed sample is larger than 250 kB."""
    assert {path.name: path.stat().st_size for path in SAMPLES.iterdir() if path.stat().st_size > 250_000} == {}


def test_excel_sample_is_the_same_table_for_the_kit() -> None:
    """The kit reads the semicolon and Windows-1252 variant as the same rows, quoted line breaks included."""
    plain, excel = (TableReader(SAMPLES / name, name) for name in ("claims.csv", "claims_excel.csv"))
    assert (excel.format.encoding, excel.format.delimiter) == ("cp1252", ";")
    assert excel.header == plain.header
    assert list(excel) == list(plain)
    assert any("\n" in row.fields[4] for row in plain if isinstance(row, Row))


def test_columns_are_recognised_by_their_names() -> None:
    """The kit finds text and label in the samples without any setting."""
    assert choose_columns(prepare.HEADER, "warranty_train.csv", is_training=True) == Columns(4, 5)
    assert choose_columns(prepare.HEADER[:-1], "claims.csv", is_training=False) == Columns(4, None)


def test_readme_counts_files_and_categories() -> None:
    """The README's tables of files and categories are exact."""
    stated = tables()
    assert {name: int(cells[0]) for name, cells in stated["file"].items()} == {
        path.name: sum(isinstance(row, Row) for row in TableReader(path, path.name)) for path in SAMPLES.iterdir()
    }
    train, truth = (Counter(row["category"] for row in rows_of(name)) for name in ("warranty_train.csv", "claims_labels.csv"))
    assert {name: [int(cell) for cell in cells] for name, cells in stated["category"].items()} == {
        name: [train[name], truth[name]] for name in train
    }
    assert list(stated["column"]) == list(prepare.HEADER)


def test_readme_describes_the_claims() -> None:
    """The README's sentence about line breaks, quotation marks, accents and repetitions is exact, as are the word counts."""
    claims = [row["claim"] for row in rows_of("warranty_train.csv")]
    sentence = (
        f"Of the {len(claims)} claims to train on, {sum(chr(10) in claim for claim in claims)} have a line break inside,"
        f" {sum(chr(34) in claim for claim in claims)} a quotation mark and {sum(not claim.isascii() for claim in claims)}"
        f" a letter outside ASCII; {len(claims) - len(set(claims))} repeat the text of another row"
    )
    assert sentence in " ".join(README.split())
    words = [len(claim.split()) for claim in claims]
    assert f"{min(words)} to {max(words)} words, {sum(words) / len(words):.0f} on average" in README


def test_no_placeholder_is_left() -> None:
    """Every name in braces was replaced."""
    assert not [claim for claim in prepare.load_author().claims(3000, 4, "train") if "{" in claim.claim]


def words_of(text: str) -> set[str]:
    """Words of four letters or more."""
    return set(re.findall(r"[a-z]{4,}", text.lower()))


def share_right(keywords: Mapping[str, set[str]], claims: Iterable[prepare.Claim], fallback: str) -> float:
    """How often the category with the most keywords in the text is right; the fallback wins ties."""
    answers = []
    for claim in claims:
        words = words_of(claim.claim)
        hits = {name: (len(words & own), name == fallback) for name, own in keywords.items()}
        answers.append(max(hits, key=lambda name: hits[name]) == claim.category)
    return sum(answers) / len(answers)


def test_neither_majority_nor_keywords_solve_it() -> None:
    """Majority guess and keyword match fail clearly on other claims, by the figures of the README."""
    train = [(words_of(row["claim"]), row["category"]) for row in rows_of("warranty_train.csv")]
    others = list(prepare.load_author().claims(3000, 99, "claims"))
    categories = Counter(category for _, category in train)
    majority = categories.most_common(1)[0][0]
    common = {word for word, _ in Counter(word for words, _ in train for word in sorted(words)).most_common(60)}

    names = {name: words_of(name) for name in categories}
    frequent = {}
    for name in categories:
        counts = Counter(word for words, category in train if category == name for word in sorted(words - common))
        frequent[name] = names[name] | {word for word, _ in counts.most_common(5)}

    shares = [
        sum(claim.category == majority for claim in others) / len(others),
        share_right(names, others, majority),
        share_right(frequent, others, majority),
    ]
    assert max(shares) < 0.6
    assert [f"{share:.1%}".replace("%", " %") for share in shares] == [cells[0] for cells in tables()["who answers"].values()][:3]
