"""A file is looked at in the browser, and sent when a person says so."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from fake_documents import CLERK, OWNER
from fake_service import FakeService
from page_visits import Visit, tab_to
from playwright.sync_api import Page, expect

from contract.columns import LABEL_NAMES, TEXT_NAMES
from contract.promise import MAX_ERRORS
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


def test_a_manifest_is_sent_to_be_trained_on(visit: Visit, service: FakeService, tmp_path: Path) -> None:
    """By owners, as it is; a clerk is told whom to ask, and nothing is sent."""
    file = tmp_path / "march.Manifest"
    file.write_bytes(b'{"source": "It leaks", "kind": 0, "kind-metadata": {"class-name": "leak"}}\n')
    page = visit(CLERK, "/file")
    page.get_by_label("Drop a table here").set_input_files(file)
    expect(page.get_by_text("Only owners may start trainings")).to_be_visible()
    page = visit(OWNER, "/file")
    page.get_by_label("Drop a table here").set_input_files(file)
    page.get_by_role("button", name="Send and train").press("Enter")
    expect(page.get_by_role("heading", name="claims.csv")).to_be_visible()
    (request,) = (body for method, path, body in service.asked if path == "/uploads")
    assert (request["to"], request["name"], request["text_column"]) == ("train", "march.Manifest", "")


def test_a_promise_is_asked_for_with_the_file(visit: Visit, service: FakeService, tmp_path: Path) -> None:
    """It is one that the kit knows, and a file to train on is asked for none."""
    (tmp_path / "few.csv").write_bytes(b"text\na\n")
    page = visit(OWNER, "/file")
    page.get_by_label("Drop a table here").set_input_files(tmp_path / "few.csv")
    promise = page.get_by_label("How many mistakes may slip through?")
    expect(promise).to_contain_text("At most 0.5 % (the present model cannot promise that)")
    assert [option.get_attribute("value") for option in promise.locator("option").all()] == ["", *MAX_ERRORS]
    promise.select_option("10")
    page.get_by_label("What shall be done with it").select_option("Train a new model on it")
    expect(promise).to_be_hidden()
    page.get_by_label("What shall be done with it").select_option("Classify its rows")
    page.get_by_role("button", name="Send and classify").press("Enter")
    expect(page.get_by_role("heading", name="claims.csv")).to_be_visible()
    (request,) = (body for method, path, body in service.asked if path == "/uploads")
    assert (request["max_error"], request["to"]) == ("10", "predict")


def test_rows_of_another_width_are_told_before_they_are_sent(visit: Visit, tmp_path: Path) -> None:
    """Those that the server would give back unread, below a line that names the delimiter, too."""
    (tmp_path / "ragged.csv").write_bytes(b"sep=;\nid;text\n1;a\n2;b;c\n\n3\n4;'d'\n")
    page = visit(CLERK, "/file")
    page.get_by_label("Drop a table here").set_input_files(tmp_path / "ragged.csv")
    expect(page.locator(".facts")).to_contain_text("Rows4")
    expect(page.get_by_text("2 rows have more or fewer columns than the first row")).to_be_visible()


def test_a_training_asks_for_the_labels(visit: Visit, service: FakeService, tmp_path: Path) -> None:
    """Their column is guessed by its name, or must be chosen, and is another one than that of the texts."""
    (tmp_path / "named.csv").write_bytes(b"id,text,category\n1,it leaks,leak\n")
    (tmp_path / "odd.csv").write_bytes(b"id,text,outcome\n1,it leaks,leak\n")
    (tmp_path / "only.csv").write_bytes(b"text\nit leaks\n")
    page = visit(OWNER, "/file")
    file, purpose = page.get_by_label("Drop a table here"), page.get_by_label("What shall be done with it")
    labels, train = page.get_by_label("Column with the labels"), page.get_by_role("button", name="Send and train")
    file.set_input_files(tmp_path / "named.csv")
    expect(labels).to_be_hidden()
    purpose.select_option("train")
    assert labels.evaluate("select => select.selectedOptions[0].text") == "category"
    file.set_input_files(tmp_path / "only.csv")
    purpose.select_option("train")
    expect(page.get_by_role("alert")).to_contain_text("This file has one column only, so it holds no labels")
    expect(train).to_be_disabled()
    file.set_input_files(tmp_path / "odd.csv")
    purpose.select_option("train")
    train.press("Enter")
    expect(labels).to_be_focused()
    labels.select_option("text")
    train.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("A training needs one column with the texts and another one")
    assert service.uploads == []
    labels.select_option("outcome")
    train.press("Enter")
    expect(page.get_by_role("heading", name="claims.csv")).to_be_visible()
    (request,) = (body for method, path, body in service.asked if path == "/uploads")
    assert (request["to"], request["text_column"], request["label_column"]) == ("train", "text", "outcome")


def test_the_first_labelled_file_is_for_a_training(visit: Visit, service: FakeService, tmp_path: Path) -> None:
    """Where there is no model an owner's labelled file can have but one purpose; a clerk's waits."""
    service.has_model = False
    (tmp_path / "named.csv").write_bytes(b"id,text,category\n1,it leaks,leak\n")
    page = visit(OWNER, "/file")
    page.get_by_label("Drop a table here").set_input_files(tmp_path / "named.csv")
    expect(page.get_by_role("button", name="Send and train")).to_be_visible()
    expect(page.get_by_text("There is no model yet")).to_be_hidden()
    page = visit(CLERK, "/file")
    page.get_by_label("Drop a table here").set_input_files(tmp_path / "named.csv")
    expect(page.get_by_role("button", name="Send and classify")).to_be_visible()
    expect(page.get_by_text("There is no model yet")).to_be_visible()


def test_results_are_replaced_only_when_a_person_says_so(visit: Visit, service: FakeService, tmp_path: Path) -> None:
    """Whoever sends a file under a name whose results are there is asked before the first byte leaves."""
    (tmp_path / "few.csv").write_bytes(b"text,message\na,b\n")
    service.was_sent = True
    page = visit(CLERK, "/file")
    page.get_by_label("Drop a table here").set_input_files(tmp_path / "few.csv")
    page.get_by_label("Column with the texts").select_option("message")
    page.get_by_label("Add the words").check()
    send = page.get_by_role("button", name="Send and classify")
    for answer in ("Cancel", "Send it"):
        send.press("Enter")
        expect(page.get_by_role("dialog")).to_contain_text("A file of this name was classified on")
        expect(page.get_by_text("Sending")).to_have_count(0)
        assert service.uploads == []
        page.get_by_role("dialog").get_by_role("button", name=answer).press("Enter")
        if answer == "Cancel":  # with all that was chosen
            expect(page.get_by_text("Nothing was sent.")).to_be_visible()
            expect(send).to_be_focused()
    request = [body for _, path, body in service.asked if path == "/uploads"][-1]
    assert (request["text_column"], request["explain"]) == ("message", True)
    expect(page.get_by_role("heading", name="claims.csv")).to_be_visible()
    assert len(service.uploads) == 1


def test_a_form_whose_time_is_over_is_asked_for_anew(visit: Visit, service: FakeService, tmp_path: Path) -> None:
    """The remedy that the sentence names is a button, and it works."""
    (tmp_path / "few.csv").write_bytes(b"text\na\n")
    service.forms_over = 1
    page = visit(CLERK, "/file")
    page.get_by_label("Drop a table here").set_input_files(tmp_path / "few.csv")
    page.get_by_role("button", name="Send and classify").press("Enter")
    expect(page.locator("main").get_by_text("Send it once more.")).to_be_visible()
    assert service.uploads == []
    page.get_by_role("button", name="Try again").press("Enter")
    assert page.evaluate("document.activeElement !== document.body")
    expect(page.get_by_role("heading", name="claims.csv")).to_be_visible()
    assert [path for _, path, _ in service.asked].count("/uploads") == 2
    assert len(service.uploads) == 1
