"""What all peers of batch prediction have in common."""

from __future__ import annotations

import csv
from pathlib import Path

from benchmarks.peers import batch
from benchmarks.peers.words import words


def test_words_and_marks_in_lower_case() -> None:
    """Line breaks of HTML go, contractions stay whole, marks count as words."""
    assert words("I DON'T know<br />3.5 stars!") == ["i", "don't", "know", "3", ".", "5", "stars", "!"]


def test_words_of_any_script() -> None:
    """Accents, other scripts and emoji are no worse off with the peers than with us."""
    assert words("Café d'Été, größte 刹车 😀😠") == ["café", "d'été", ",", "größte", "刹车", "😀", "😠"]


def test_every_row_comes_back_in_its_place(tmp_path: Path) -> None:
    """Several chunks by two processes: all columns, the order of the file, one answer each, line breaks inside kept."""
    rows = [[str(number), f"text\n{number}"] for number in range(2 * batch.CHUNK_ROWS + 3)]
    with (tmp_path / "in.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["id", "text"], *rows])
    given = batch.Given(tmp_path, tmp_path / "in.csv", tmp_path / "out.csv", processes=2, column="text")
    batch.run(given, lambda texts: [(text[-1], "1.0000") for text in texts])
    with given.output.open(encoding="utf-8", newline="") as file:
        assert list(csv.reader(file)) == [["id", "text", "label", "confidence"], *([*row, row[1][-1], "1.0000"] for row in rows)]
