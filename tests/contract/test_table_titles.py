"""A title above the names of the columns is refused with the row that holds them; texts with commas are read."""

from __future__ import annotations

import codecs
import gzip
from collections.abc import Callable

import pytest

from contract.errors import UserError
from contract.table import Row, TableReader
from tests.titled_tables import TITLED, UNTITLED

Read = Callable[..., TableReader]


@pytest.mark.parametrize("content", TITLED)
def test_a_title_is_refused_with_the_row_of_the_header(read: Read, content: str) -> None:
    """Whatever the title, how many lines of it, or how a spreadsheet padded them; no word of it is shown."""
    with pytest.raises(UserError, match=rf"row \d .* seem to stand in row {TITLED[content]}\. Delete the lines above") as refusal:
        read(content.encode())
    assert "Monday" not in str(refusal.value)


@pytest.mark.parametrize("content", TITLED)
def test_the_remedy_helps(read: Read, content: str) -> None:
    """Without the lines above the row that the sentence names, the file is read from that row on."""
    as_one = content.replace('"Claims\nof March"', "Claims").replace("\r\n", "\n").replace("\r", "\n")
    table = read("\n".join(as_one.split("\n")[TITLED[content] - 1 :]).encode())
    assert (table.header_number, len(table.header) > 1) == (1, True)


@pytest.mark.parametrize("content", UNTITLED)
def test_texts_with_commas_are_no_table_below_a_title(read: Read, content: str) -> None:
    """However regular their commas; lines of white space above a header are blank ones, and below it rows."""
    table = read(content.encode())
    assert (table.header, len(list(table))) == UNTITLED[content]


def test_white_space_above_the_header_counts_in_the_numbering(read: Read) -> None:
    """As blank lines do."""
    table = read(b"  \n\n \nid,text\n1,leak\n")
    assert (table.header_number, list(table)) == (4, [Row(5, ["1", "leak"])])


@pytest.mark.parametrize("packed", [gzip.compress, lambda text: codecs.BOM_UTF8 + text, lambda text: text.decode().encode("utf-16")])
def test_a_title_is_known_in_any_encoding(read: Read, packed: Callable[[bytes], bytes]) -> None:
    """Compressed, with a mark, in wide characters."""
    with pytest.raises(UserError, match="row 1 looks like a title"):
        read(packed(b"Claims\r\nid,text\r\n1,leak\r\n2,noise\r\n"))


def test_the_file_is_named(read: Read) -> None:
    """The sentence stands in a list of jobs, far from the file."""
    with pytest.raises(UserError, match=r"^'claims\.csv': row 1 looks like a title"):
        read(b"Claims\nid,text\n1,leak\n")
