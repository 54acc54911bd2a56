"""A file is looked at in the browser, and sent when a person says so."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from fake_documents import CLERK
from fake_service import FakeService
from page_visits import Visit, tab_to
from playwright.sync_api import Page, expect

from contract.columns import LABEL_NAMES, TEXT_NAMES
from tests.titled_tables import TITLED, UNTITLED

TABLE = """Nr;Beschreibung;Kategorie
1;"Das Gehäuse hat
einen ""Riss""; es tropft";Leck
2;Tür quietscht;Geräusch

3;"fehlt";Teil
""".replace("\n", "\r\n")

LOOK = """async ([content, names]) => {
  const { countRows, readHead } = await import("/table_file.js");
  const file = new File([content], "claims.csv");
  try {
    const head = await readHead(file, names);
    return [head.header, (await countRows(file, head, () => {})).rows];
  } catch (error) {
    return error.message;
  }
}"""


@pytest.mark.parametrize(
    ("encoding", "name"), [("utf-8", "UTF-8"), ("utf-8-sig", "UTF-8"), ("cp1252", "Windows-1252"), ("utf-16", "UTF-16")]
)
def test_a_file_is_looked_at_before_it_is_sent(visit: Visit, service: FakeService, tmp_path: Path, encoding: str, name: str) -> None:
    """Encoding, delimiter, columns and rows are told, quoted line ends counted as text; then the very bytes arrive."""
    file = tmp_path / "Ansprüche.csv"
    file.write_bytes(TABLE.encode(encoding))
    page = visit(CLERK, "/file")
    page.get_by_label("Drop a table here").set_input_files(file)
    facts = page.locator(".facts")
    expect(facts).to_contain_text(f"Encoding{name}")
    expect(facts).to_contain_text("Separated bysemicolon")
    expect(facts).to_contain_text("Columns3")
    expect(facts).to_contain_text("Rows3")
    assert page.get_by_label("Column with the texts").evaluate("select => select.selectedOptions[0].text") == "Beschreibung"
    expect(page.get_by_text('Das Gehäuse hat einen "Riss"; es tropft')).to_be_visible()
    assert service.uploads == []
    tab_to(page, "Column with the texts")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_text("You chose this column.")).to_be_visible()
    tab_to(page, "Send and classify")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="claims.csv")).to_be_visible()
    expect(page.get_by_text("Working").first).to_be_visible()
    (request,) = (body for method, path, body in service.asked if path == "/uploads")
    assert request == {
        "name": "Ansprüche.csv",
        "bytes": file.stat().st_size,
        "to": "predict",
        "classifier": "main",
        "text_column": "Kategorie",
        "explain": False,
        "max_error": "",
    }
    ((fields, content),) = service.uploads
    assert list(fields)[-1] == "file"
    assert content == file.read_bytes()


def test_a_large_file_is_counted_as_it_streams(visit: Visit, tmp_path: Path) -> None:
    """Beyond the first part, where records begin and end at any place of a chunk, the count is exact."""
    rows = 60_000
    file = tmp_path / "many.csv"
    file.write_text("id,text\n" + "".join(f'{row},"It said ""no"",\nthen ü{row}"\n' for row in range(rows)), encoding="utf-8")
    page = visit(CLERK, "/file")
    page.get_by_label("Drop a table here").set_input_files(file)
    expect(page.locator(".facts")).to_contain_text(f"Rows{rows:,}", timeout=30_000)


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("claims.xlsx.csv", b"PK\x03\x04rest", "This is an Excel workbook"),
        ("empty.csv", b"", "This file is empty"),
        ("noise.csv", bytes(range(32)) * 100, "This is no text file"),
        ("header.csv", b"text\n", "There is no row below"),
        (
            "title.csv",
            b"Claims\r\n\r\nid,text\r\n1,leak\r\n",
            "Row 1 looks like a title, and the names of the columns seem to stand in row 3",
        ),
    ],
)
def test_what_is_no_table_is_refused_in_a_sentence(visit: Visit, tmp_path: Path, name: str, content: bytes, sentence: str) -> None:
    """Nothing is sent that the server would have to refuse."""
    (tmp_path / name).write_bytes(content)
    page = visit(CLERK, "/file")
    page.get_by_label("Drop a table here").set_input_files(tmp_path / name)
    expect(page.locator("main").get_by_text(sentence)).to_be_visible()


def test_titles_are_known_as_the_server_knows_them(visit: Visit) -> None:
    """What it would refuse is not sent, with the same row named; what it reads is shown with the same header and count."""
    page = visit(CLERK, "/file")
    names = {"text": TEXT_NAMES, "label": LABEL_NAMES}
    for content, row in TITLED.items():
        assert f"stand in row {row}." in str(page.evaluate(LOOK, [content, names])), content
    for content, (header, rows) in UNTITLED.items():
        assert page.evaluate(LOOK, [content, names]) == [header, rows], content


def test_a_column_that_cannot_be_guessed_must_be_chosen(visit: Visit, service: FakeService, tmp_path: Path) -> None:
    """Two columns with known names are no guess."""
    (tmp_path / "two.csv").write_bytes(b"text,message\na,b\n")
    page = visit(CLERK, "/file")
    page.get_by_label("Drop a table here").set_input_files(tmp_path / "two.csv")
    expect(page.locator("main").get_by_text("cannot be told by the names")).to_be_visible()
    page.get_by_role("button", name="Send and classify").click()
    expect(page.get_by_role("alert")).to_contain_text("Choose the column with the texts first.")
    expect(page.get_by_label("Column with the texts")).to_be_focused()
    assert service.uploads == []


def test_a_mended_file_is_looked_at_again(visit: Visit, service: FakeService, tmp_path: Path) -> None:
    """Under the same name, too; where it is changed once more before it is sent, that is said, and it can be chosen anew."""
    file = tmp_path / "few.csv"
    page = visit(CLERK, "/file")
    for content in (b"", b"text\na\n"):
        file.write_bytes(content)
        _choose(page, file)
        expected = page.get_by_role("button", name="Send and classify") if content else page.locator("main").get_by_text("file is empty")
        expect(expected).to_be_visible()
    file.write_bytes(b"text\na\nb\n")
    os.utime(file, (0, file.stat().st_mtime + 10))  # Chromium tells moments apart by whole seconds
    page.get_by_role("button", name="Send and classify").press("Enter")
    expect(page.locator("main").get_by_text("few.csv was changed since it was chosen")).to_be_visible()
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose it again").press("Enter")
    chooser.value.set_files(file)
    page.get_by_role("button", name="Send and classify").press("Enter")
    expect(page.get_by_role("heading", name="claims.csv")).to_be_visible()
    ((_, content),) = service.uploads
    assert content == b"text\na\nb\n"


def _choose(page: Page, file: Path) -> None:
    """As a person does: Chromium decides whether anything has changed."""
    devtools = page.context.new_cdp_session(page)
    root = devtools.send("DOM.getDocument")["root"]["nodeId"]
    node = devtools.send("DOM.querySelector", {"nodeId": root, "selector": "#file"})["nodeId"]
    devtools.send("DOM.setFileInputFiles", {"files": [str(file)], "nodeId": node})


DROP = """([where, names]) => {
  const dataTransfer = new DataTransfer();
  for (const name of names) dataTransfer.items.add(new File(["text\\na\\n"], name));
  const event = (kind) => new DragEvent(kind, { dataTransfer, bubbles: true, cancelable: true });
  return ["dragover", "drop"].map((kind) => !document.querySelector(where).dispatchEvent(event(kind)));
}"""


def test_a_file_is_dropped_anywhere(visit: Visit) -> None:
    """No drop takes the page away, the whole view takes one, and while a file is sent it is said that the next one has to wait."""
    page = visit(CLERK, "/jobs")
    assert page.evaluate(DROP, ["body", ["few.csv"]]) == [True, True]
    page.evaluate("location.hash = '#/file'")
    expect(page.get_by_label("Drop a table here")).to_be_visible()
    assert page.evaluate(DROP, [".top", ["few.csv"]]) == [True, True]
    expect(page.get_by_role("heading", name="few.csv")).to_be_visible()
    page.evaluate(DROP, [".top", ["one.csv", "two.csv"]])
    expect(page.get_by_text("Drop one file at a time.")).to_be_visible()
    page.route("**/bucket", lambda route: None)  # it never arrives
    page.get_by_role("button", name="Send and classify").press("Enter")
    expect(page.get_by_text("Keep this page open until the file is sent.")).to_be_visible()
    expect(page.get_by_label("Drop a table here")).to_be_disabled()
    page.evaluate(DROP, [".top", ["next.csv"]])
    expect(page.get_by_text("Wait until the other file is sent")).to_be_visible()
    expect(page.get_by_role("heading", name="few.csv")).to_be_visible()


def test_rows_of_another_width_are_told_before_they_are_sent(visit: Visit, tmp_path: Path) -> None:
    """Those that the server would give back unread, below a line that names the delimiter, too."""
    (tmp_path / "ragged.csv").write_bytes(b"sep=;\nid;text\n1;a\n2;b;c\n\n3\n4;'d'\n")
    page = visit(CLERK, "/file")
    page.get_by_label("Drop a table here").set_input_files(tmp_path / "ragged.csv")
    expect(page.locator(".facts")).to_contain_text("Rows4")
    expect(page.get_by_text("2 rows have more or fewer columns than the first row")).to_be_visible()
