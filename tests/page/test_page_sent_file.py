"""What is sent with a file, and what comes of sending it."""

from __future__ import annotations

from pathlib import Path

from fake_documents import CLERK, OWNER
from fake_service import FakeService
from page_visits import Visit
from playwright.sync_api import expect

from contract.promise import MAX_ERRORS


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
