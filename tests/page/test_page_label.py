"""Labelling from scratch: by keys, without losing an answer, and what owners do with a job."""

from __future__ import annotations

import re
from pathlib import Path

from fake_documents import CLERK, OWNER, TRAINING
from fake_labelling import IDS, TEXTS
from fake_service import FakeService
from page_visits import Visit, tab_to, until_sent, violations
from playwright.sync_api import Page, expect

VIEW = "/label/main/first"


def _asked(page: Page, place: int) -> None:
    """Wait until the text at this place of the list is asked about."""
    expect(page.locator("#label-text")).to_have_text(TEXTS[IDS[place]])


def test_texts_are_labelled_by_keys_alone(visit: Visit, service: FakeService) -> None:
    """A number chooses, 0 cannot tell, U undoes; more texts come before the last one is answered, until there are none."""
    page = visit(CLERK, VIEW)
    _asked(page, 0)
    page.keyboard.press("u")
    expect(page.locator("#spoken")).to_have_text("There is nothing to undo.")
    for place, key in enumerate(("1", "2", "4")):
        _asked(page, place)
        page.keyboard.press(key)
    _asked(page, 3)
    page.keyboard.press("u")
    _asked(page, 2)
    expect(page.get_by_text("Your answer was wrong colour.")).to_be_visible()
    page.keyboard.press("2")
    for place, key in enumerate(("3", "4", "0"), 3):
        _asked(page, place)
        page.keyboard.press(key)
    _asked(page, 6)
    tab_to(page, "noise")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Every text has its answers")).to_be_visible()
    until_sent(page)
    said = ("leak", "noise", "noise", "rust", "wrong colour", "", "noise")
    assert service.labelling.answers == dict(zip(IDS, said, strict=True))


def test_the_model_in_use_is_asked_for_the_order(visit: Visit, service: FakeService) -> None:
    """Once, unseen, and only where the server says that it is due."""
    page = visit(CLERK, VIEW)
    _asked(page, 0)
    page.wait_for_function("() => performance.getEntriesByType('resource').some((entry) => entry.name.endsWith('/order'))")
    page.reload()
    _asked(page, 0)
    assert service.labelling.ordered == 1


def test_no_label_is_lost_offline_or_by_a_reload(visit: Visit, service: FakeService) -> None:
    """Answers given without a network wait on the device, without any text, and arrive; what is answered is not asked again."""
    page = visit(CLERK, VIEW)
    _asked(page, 0)
    page.context.set_offline(True)
    page.keyboard.press("1")
    page.keyboard.press("3")
    _asked(page, 2)
    expect(page.get_by_text("2 answers not sent yet")).to_be_visible()
    assert service.labelling.answers == {}
    assert "carpet" not in page.evaluate("JSON.stringify(localStorage)")
    page.goto("about:blank")
    page.context.set_offline(False)
    page.go_back()
    _asked(page, 2)
    until_sent(page)
    assert service.labelling.answers == {IDS[0]: "leak", IDS[1]: "rust"}


def test_one_comes_back_to_ones_own_answers(visit: Visit, service: FakeService) -> None:
    """After a reload U goes back through what was said before, and the text is asked about again."""
    page = visit(CLERK, VIEW)
    _asked(page, 0)
    page.keyboard.press("1")
    _asked(page, 1)
    until_sent(page)
    page.reload()
    _asked(page, 1)
    page.keyboard.press("u")
    _asked(page, 0)
    page.keyboard.press("2")
    _asked(page, 1)
    until_sent(page)
    assert service.labelling.answers == {IDS[0]: "noise"}


def test_an_answer_to_a_finished_job_is_told_and_kept(visit: Visit, service: FakeService) -> None:
    """With the server's reason, until the person dismisses it; axe has nothing to say of that either."""
    service.labelling.refusals = {IDS[0]: 409}
    page = visit(CLERK, VIEW)
    _asked(page, 0)
    page.keyboard.press("0")
    unsent = page.locator("#unsent")
    expect(unsent).to_contain_text("A text of main/first: the answer ‘I cannot tell’ was not accepted. The labelling job")
    assert violations(page) == []
    page.get_by_role("button", name="Dismiss the answer to a text of main/first").click()
    expect(unsent).to_be_hidden()


def test_a_job_tells_how_far_it_is(visit: Visit) -> None:
    """Everybody sees progress and agreement; who agrees with whom, and how a job ends, owners alone."""
    page = visit(CLERK, f"{VIEW}/job")
    main = page.locator("main")
    expect(main.get_by_text("3 of 7 texts have all answers that are wanted (43 %).")).to_be_visible()
    expect(main.get_by_text("People agree tolerably")).to_be_visible()
    expect(main.get_by_role("row", name="rust Brown spots, also on dishes. 3")).to_be_visible()
    expect(main.get_by_role("row", name="ann@example.com and bob@example.com")).to_have_count(0)
    expect(main.get_by_role("button", name="Finish and train")).to_have_count(0)
    page.goto("about:blank")
    page = visit(OWNER, f"{VIEW}/job")
    expect(page.get_by_role("row", name="ann@example.com and bob@example.com 4 0.61")).to_be_visible()


def test_an_owner_finishes_a_job(visit: Visit, service: FakeService) -> None:
    """After a confirmation that says what is left out; the training is shown next."""
    page = visit(OWNER, f"{VIEW}/job")
    page.get_by_role("button", name="Finish and train").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("3 texts without a label will be left out.")
    dialog.get_by_role("button", name="Cancel").click()
    assert not service.labelling.is_finished
    page.get_by_role("button", name="Finish and train").click()
    dialog.get_by_role("button", name="Finish and train").click()
    expect(page).to_have_url(re.compile(f"#/jobs/{TRAINING}$"))
    page.evaluate("view => { location.hash = view }", VIEW)
    expect(page.get_by_text("This labelling job is finished.")).to_be_visible()


def test_a_job_that_cannot_be_finished_says_so_beforehand(visit: Visit, service: FakeService) -> None:
    """The reason stands at the button that waits, and the way round it is one of its own: without the label that has too few texts."""
    service.labelling.lacking = "A training learns a label from 2 texts or more, and the labelling job 'first' has fewer of 'leak'."
    service.labelling.dispensable = ["leak"]
    page = visit(OWNER, f"{VIEW}/job")
    button = page.get_by_role("button", name="Finish and train", exact=True)
    expect(button).to_be_disabled()
    expect(button).to_have_accessible_description(f"It cannot be finished yet. {service.labelling.lacking}")
    page.get_by_role("button", name="Finish and train without ‘leak’ (1 text)").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("So will those of ‘leak’ (1 text): the new model will not know this label.")
    dialog.get_by_role("button", name="Finish and train").click()
    expect(page).to_have_url(re.compile(f"#/jobs/{TRAINING}$"))
    assert service.labelling.without == ["leak"]


def test_an_owner_deletes_a_job(visit: Visit, service: FakeService) -> None:
    """After a confirmation; it is in the list no more."""
    page = visit(OWNER, f"{VIEW}/job")
    page.get_by_role("button", name="Delete this job").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_text("There is no labelling job yet.")).to_be_visible()
    expect(visit(CLERK, "/label").get_by_text("An owner can make one; whoever invited you knows who that is.")).to_be_visible()
    assert service.labelling.is_deleted


def test_an_owner_makes_a_job(visit: Visit, service: FakeService, tmp_path: Path) -> None:
    """With labels and their guidance, of chosen texts and of a file that is sent; what is missing is said before."""
    page = visit(OWNER, "/label/new")
    name = page.get_by_label("Name of the job")
    name.fill("1. Première fois ")
    name.blur()
    expect(name).to_have_value("premiere-fois")
    name.fill("first")
    classifier = page.get_by_label("For the classifier")
    classifier.fill("Claims 2026!")
    classifier.blur()
    expect(classifier).to_have_value("claims-2026")
    classifier.fill("main")
    page.get_by_label("Labels").fill("leak: water comes out\nnoise\n\n")
    page.get_by_role("button", name="Make the job").click()
    missing = page.locator("main").get_by_text("Choose which texts people are asked about.")
    expect(missing).to_be_visible()
    page.get_by_label("claims.csv").check()
    file = tmp_path / "odd.csv"
    file.write_text("nr,remark\n1,It leaks\n")
    page.get_by_label("Or send a file with texts").set_input_files(file)
    odd = page.locator("main").get_by_text("No column of odd.csv is known to hold the texts: it has nr, remark.")
    expect(odd).to_be_visible()
    expect(page.get_by_label("Or send a file with texts")).to_have_value("")  # so that the mended one is a change
    file = tmp_path / "more.csv"
    file.write_text("claim\nIt leaks\n")
    page.get_by_label("Or send a file with texts").set_input_files(file)
    expect(odd).to_be_hidden()
    expect(page.get_by_label("claims.csv")).to_be_checked()
    page.get_by_label("How many people label each text").select_option("3")
    page.get_by_role("button", name="Make the job").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("knows labels that this job lacks: cracked, missing part, rust, scratch, wrong colour.")
    dialog.get_by_role("button", name="Make the job").click()
    _asked(page, 0)
    (asked,) = service.labelling.created
    assert asked["labels"] == [{"label": "leak", "guidance": "water comes out"}, {"label": "noise", "guidance": ""}]
    assert (asked["sources"], asked["answers_wanted"], asked["classifier"]) == (["unlabelled/main/claims.csv"], 3, "main")
    assert [fields["key"] for fields, _ in service.uploads] == ["unlabelled/main/more.csv"]


def test_a_clerk_is_told_who_makes_jobs(visit: Visit) -> None:
    """In place of a form that would be refused."""
    page = visit(CLERK, "/label/new")
    expect(page.get_by_text("Only owners make labelling jobs.")).to_be_visible()
