"""The hostile corpus through the kit: every file has its right result or its right sentence, and no row is lost.

`make test-faults` runs it with another seed each time; see tests/hostile/__main__.py.
"""

from __future__ import annotations

import gzip
import random
from pathlib import Path

import pytest

from contract import table, unpacking
from contract.blocks import TableBlocks, read_block
from contract.errors import UserError
from contract.table import RejectedRow, TableReader
from model.text.tokenizer import Tokenizer
from tests.hostile.cases import Case, Maker, Refusal
from tests.hostile.corpus import TO_CLASSIFY, TO_TRAIN, to_classify, to_train
from tests.hostile.judge import judge, judge_training
from tests.hostile.tiny_model import save_tiny_model, tiny_artifact

SEED = 1


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of random weights."""
    return save_tiny_model(tmp_path_factory.mktemp("model"))


def made(maker: Maker) -> list[Case]:
    """What a maker makes of the suite's seed."""
    return maker(random.Random(f"{SEED} {maker.__name__}"))  # noqa: S311  # odd files are no secret


def test_the_corpus_is_large_and_grows_from_its_seed() -> None:
    """There are hundreds of files, the same for the same seed, and others for another."""
    first, again, other = to_classify(1), to_classify(1), to_classify(2)
    assert len(first) + len(to_train(1)) >= 300
    assert [case.content for case in first] == [case.content for case in again]
    assert sum(one.content != two.content for one, two in zip(first, other, strict=True)) > 150


@pytest.mark.parametrize("maker", TO_CLASSIFY, ids=lambda maker: maker.__name__)
def test_a_file_to_classify_has_its_right_outcome(maker: Maker, model: Path, tmp_path: Path) -> None:
    """`check` and `predict` agree on rows, rejected rows and refusals, and say what a clerk understands."""
    problems = []
    for number, case in enumerate(made(maker)):
        folder = tmp_path / str(number)
        folder.mkdir()
        problems += judge(case, folder, model)
    assert problems == []


@pytest.mark.parametrize("maker", TO_TRAIN, ids=lambda maker: maker.__name__)
def test_a_file_to_train_on_has_its_right_outcome(maker: Maker, tmp_path: Path) -> None:
    """`check` and a training use the same rows, leave out the same ones and refuse the same files."""
    assert [problem for case in made(maker) for problem in judge_training(case, tmp_path)] == []


@pytest.mark.parametrize("maker", TO_CLASSIFY, ids=lambda maker: maker.__name__)
def test_small_blocks_change_nothing(maker: Maker, tmp_path: Path) -> None:
    """What workers read, a few bytes at a time, is what the row-by-row reader reads."""
    for case in made(maker):
        if isinstance(case.expected, Refusal) or len(case.content) > 1 << 20:
            continue
        path = tmp_path / case.file
        path.write_bytes(case.content)
        reader = TableReader(path, case.file)
        blocks = [read_block(block, reader.format, len(reader.header)) for block in TableBlocks(reader, 61)]
        assert [fields for block in blocks for fields in block.rows] == case.expected.rows, case.name
        assert sum(len(block.rejected) for block in blocks) == len(case.expected.rejected), case.name


def test_a_gzip_bomb_is_refused_at_its_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sound rows, but far more of them than a file of that size has: refused by its proportion, in either kind of encoding."""
    monkeypatch.setattr(unpacking, "ALWAYS_UNPACKED_BYTES", 1 << 20)
    path = tmp_path / "claims.csv.gz"
    rows = "text\n" + "late\n" * 1_000_000
    for codec in ("utf-8", "utf-16"):
        path.write_bytes(gzip.compress(rows.encode(codec)))
        with pytest.raises(UserError, match=r"'claims\.csv\.gz' unpacks to more than 100 times its size"):
            list(TableReader(path, path.name))
        with pytest.raises(UserError, match="more than 100 times its size"):
            list(TableBlocks(TableReader(path, path.name)))


def test_no_gzip_file_is_too_large_to_have_a_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A gzip file of gigabytes in proportion would still fill disks and buckets: there is a bound beyond all proportions."""
    monkeypatch.setattr(unpacking, "MAX_UNPACKED_BYTES", 1 << 20)
    path = tmp_path / "claims.csv.gz"
    path.write_bytes(gzip.compress(b"text\n" + b"late\n" * 500_000))
    with pytest.raises(UserError, match="drop it uncompressed or in parts"):
        list(TableReader(path, path.name))


def test_a_table_that_compresses_well_is_no_bomb(tmp_path: Path) -> None:
    """Up to a gigabyte any proportion is read: a file of copies is foolish but sound."""
    path = tmp_path / "claims.csv.gz"
    path.write_bytes(gzip.compress(b"text\n" + b"late\n" * 500_000))
    assert sum(not isinstance(row, RejectedRow) for row in TableReader(path, path.name)) == 500_000


def test_a_line_without_end_is_not_read_into_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No more of it is taken than a row may have, wherever it stands."""
    monkeypatch.setattr(table, "MAX_RECORD_CHARS", 1000)
    path = tmp_path / "claims.csv"
    for above in ("", "text,b\n" * 3):
        path.write_text(above + "late," * 10_000)
        with pytest.raises(UserError, match=f"row {above.count('b') + 1} is longer than a row can be"):
            list(TableReader(path, path.name))


def test_the_model_splits_by_real_rules() -> None:
    """Else no text of the corpus would try a pattern: an address is one word, and what clings to a word comes off."""
    tokenizer = Tokenizer(tiny_artifact().rules)
    text = "(see https://example.com/a?b=c, it's late!)"
    assert [word for piece in tokenizer.pieces(text) for word in tokenizer.words(piece)] == [
        "(", "see", "https://example.com/a?b=c", ",", "it", "'s", "late", "!", ")",
    ]  # fmt: skip
