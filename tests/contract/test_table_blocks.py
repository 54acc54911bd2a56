"""Blocks of whole records: cut anywhere and read one by one, they give what the row-by-row reader gives."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import tempfile
from collections.abc import Callable
from itertools import chain
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from contract import blocks
from contract.blocks import TableBlocks, cut, read_block
from contract.encoding import MAX_FIELD_CHARS
from contract.errors import UserError
from contract.table import RejectedRow, TableReader

Read = Callable[..., TableReader]
Rows = tuple[list[list[str]], list[RejectedRow]]

SIZES = st.one_of(st.integers(1, 9), st.sampled_from([16, 64, 1 << 20]))
TOKENS = st.sampled_from(
    [b'"', b'""', b",", b";", b"\t", b"\n", b"\r", b"\r\n", b" ", b"a", b"\xff", b"\x81", "é".encode(), "語".encode(), b'"a"', b',"', b'",']
)
SOUND = st.one_of(st.text("ab \"',;\r\né", max_size=8), st.sampled_from(["", '"', '""', "a, b", "\n"]))


def by_rows(table: TableReader) -> Rows | str:
    """What the row-by-row reader finds: the readable rows and the others, or the reason why the file is refused."""
    try:
        found = list(table)
    except UserError as error:
        return str(error)
    return [row.fields for row in found if not isinstance(row, RejectedRow)], [row for row in found if isinstance(row, RejectedRow)]


def by_blocks(table: TableReader, block_bytes: int, part_bytes: int = 0) -> Rows | str:
    """What a reader of blocks finds; of blocks of parts, when these have a size, as the jobs of a table in shards cut them."""
    rows, rejected = [], []
    above = table.header_number
    parts = TableBlocks(table, part_bytes or block_bytes)
    pieces = ((cut(io.BytesIO(part).read, table.format, block_bytes, is_part=True) if part_bytes else [part]) for part in parts)
    try:
        for block in chain.from_iterable(pieces):
            found = read_block(block, table.format, len(table.header))
            rows += found.rows
            rejected += [row._replace(number=above + row.number) for row in found.rejected]
            above += found.numbers
    except UserError as error:
        return str(error)
    return rows, rejected


def check(content: bytes, block_bytes: int) -> None:
    """Both readers agree."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.csv"
        path.write_bytes(content)
        try:
            table = TableReader(path, "table.csv")
        except UserError:
            return
        assert by_blocks(table, block_bytes) == by_rows(table)
        assert by_blocks(table, block_bytes, part_bytes=3 * block_bytes) == by_rows(table)


@given(st.lists(TOKENS, max_size=60).map(b"".join), SIZES)
@example(b'"a\nb",""x\nc,d\n', 3)  # an empty field and then a letter, which parity alone does not see
@example(b'a"\nb,"c\n', 4)  # a mark inside an unquoted field is text and opens nothing
@example(b'"a""\r\n",b\r\n"c\rd"\r,\n', 1)
def test_blocks_of_any_size_give_the_rows_of_the_row_by_row_reader(body: bytes, block_bytes: int) -> None:
    """Whatever stands in a file, quotation marks, line ends and unreadable bytes in any order: same rows, same rejects, same refusal."""
    check(b"text,label\n" + body, block_bytes)


@given(st.lists(TOKENS, max_size=40).map(b"".join), SIZES)
@example(b"  \r\n\n \t\ntext,label\n  \na,b\n", 2)  # lines of white space: above the header blank ones, below it rows
def test_the_header_may_look_like_anything(content: bytes, block_bytes: int) -> None:
    """The rows begin behind the header, wherever it ends."""
    check(content, block_bytes)


@given(
    st.lists(st.lists(SOUND, min_size=2, max_size=2), max_size=12),
    st.sampled_from([",", ";", "\t"]),
    st.sampled_from(["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-be", "utf-32"]),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    SIZES,
)
def test_sound_tables_in_every_encoding(rows: list[list[str]], delimiter: str, codec: str, quoting: int, block_bytes: int) -> None:
    """What a spreadsheet writes is cut at the same places, whatever its encoding and delimiter."""
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, quoting=quoting).writerows([["text", "label"], *rows])  # type: ignore[arg-type]  # typeshed wants a literal
    mark = codecs.BOM_UTF16_BE if codec == "utf-16-be" else b""
    check(mark + text.getvalue().encode(codec), block_bytes)


@given(st.lists(st.sampled_from(["a", '"', ",", "\n", "\ud83d", "😀"]), max_size=30).map("".join), SIZES)
def test_half_surrogate_pairs_in_utf_16(body: str, block_bytes: int) -> None:
    """Characters that are none stay with their row on the way through UTF-8."""
    check(codecs.BOM_UTF16_LE + ("text,label\n" + body).encode("utf-16-le", "surrogatepass"), block_bytes)


def test_blocks_are_near_the_size_that_was_asked_for(read: Read) -> None:
    """Many rows make many blocks, and each ends with a row."""
    table = read(b"text,label\n" + b'"a, b",c\n' * 10_000)
    found = list(TableBlocks(table, 1000))
    assert b"".join(found) == b'"a, b",c\n' * 10_000
    assert max(map(len, found)) <= 2000
    assert all(block.endswith(b"c\n") for block in found)


@pytest.mark.parametrize(
    "row", [b'a,"b\n', b'"a\n', b'x"y,"b\n', b'"a\rb,"c\r\n'], ids=["last-field", "one-field", "literal-too", "bare-cr"]
)
def test_rows_that_all_open_a_quotation_mark_do_not_grow_into_one_block(read: Read, row: bytes) -> None:
    """Each needs the line below it to be told apart, which is no reason to read the file into memory."""
    table = read(b"text,label\n" + row * 20_000 + b'",d\n')
    assert max(map(len, TableBlocks(table, 1000))) <= 2000
    assert by_blocks(table, 1000) == by_blocks(table, 1000, part_bytes=9000) == by_rows(table)
    assert len(by_rows(table)[1]) > 9_000


def test_a_record_longer_than_a_block_stays_whole(read: Read) -> None:
    """Blocks grow as far as a record demands and then become small again."""
    table = read(b'text,label\na,b\n"' + b"x\n" * 50_000 + b'",c\n' + b"d,e\n" * 100_000)
    sizes = [len(block) for block in TableBlocks(table, 1000)]
    assert max(sizes) > 100_000
    assert max(sizes[-3:]) <= 2000
    assert by_blocks(table, 1000) == by_rows(table)


@pytest.mark.parametrize(
    "body",
    [b'a,b\n"open,c\n', b"a,b\n\xff,c\n" + b'd"e,f\n"g,h\n', b'\n\n"a\n'],
    ids=["open-to-the-end", "below-rejected-rows", "below-blank-lines"],
)
def test_an_open_quotation_mark_is_refused_in_the_same_words(read: Read, body: bytes) -> None:
    """The sentence names the row, though blocks are not numbered."""
    table = read(b"text,label\n" + body * 3 + body)
    assert by_blocks(table, 4) == by_rows(table)
    assert "never closed" in str(by_blocks(table, 4))


@pytest.mark.parametrize(
    "field",
    [b'"' + b"x" * 1000 + b'"', b"x" * 1000, b'"' + b"x\n" * 500, "é".encode() * 1000, b'x"' + b"x" * 1000],
    ids=["closed", "unquoted", "open", "accents", "misplaced"],
)
@pytest.mark.parametrize("block_bytes", [50, 1 << 20])
def test_a_field_beyond_the_bound_is_refused_by_its_row(
    read: Read, monkeypatch: pytest.MonkeyPatch, field: bytes, block_bytes: int
) -> None:
    """It is refused although each process sees a part of the file only, and before the file is in memory."""
    for module in ("contract.blocks", "contract.table", "contract.encoding"):
        monkeypatch.setattr(f"{module}.MAX_FIELD_CHARS", 900)
    table = read(b"text,label\n" + b"a,b\n" * 300 + field + b",c\n" + b"d,e\n" * 10_000)  # 44 kB
    assert "row 302" in str(by_rows(table))
    taken = 0

    def counting(read_bytes: Callable[[int], bytes], *rest: object) -> object:
        def count(size: int) -> bytes:
            nonlocal taken
            found = read_bytes(size)
            taken += len(found)
            return found

        return cut(count, *rest)  # type: ignore[arg-type]  # handed on as they come

    monkeypatch.setattr(blocks, "cut", counting)
    assert by_blocks(table, block_bytes) == by_rows(table)
    assert taken < max(20_000, block_bytes)


def test_a_field_is_measured_in_characters(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    """A text of two bytes a character may have as many characters as any other."""
    for module in ("contract.blocks", "contract.table", "contract.encoding"):
        monkeypatch.setattr(f"{module}.MAX_FIELD_CHARS", 900)
    table = read(b"text,label\n" + 'é"'.encode() * 440 + b",c\n" + b"d,e\n" * 300)
    assert by_blocks(table, 100) == by_rows(table)
    assert len(by_blocks(table, 100)[0]) == 301


@pytest.mark.parametrize("where", [0.4, 0.9])
def test_a_damaged_gzip_file_is_refused_in_the_same_words(read: Read, where: float) -> None:
    """Damage shows when the blocks have been cut already."""
    whole = gzip.compress(b"text,label\n" + b"".join(b"claim %d,b\n" % (number * 7919 % 10_007) for number in range(100_000)))
    table = read(whole)
    table.path.write_bytes(whole[: int(len(whole) * where)])
    assert "damaged gzip file" in str(by_blocks(table, 4096))
    assert by_blocks(table, 4096) == by_rows(table)


def test_utf_16_that_breaks_off_is_refused_in_the_same_words(read: Read) -> None:
    """An encoding that is not read to its end at first names the row where it breaks."""
    table = read(codecs.BOM_UTF16_LE + ("text,label\n" + "a,b\n" * 50_000).encode("utf-16-le") + b"a")
    assert by_blocks(table, 4096) == by_rows(table)
    assert "cannot be read as UTF-16" in str(by_rows(table))


def test_the_bound_is_far_above_a_block() -> None:
    """A block is looked at again only when a field in it may be too long, which must be the exception."""
    assert blocks.BLOCK_BYTES * 8 <= MAX_FIELD_CHARS
