"""A review by keyboard alone, and what must not be lost meanwhile."""

from __future__ import annotations

import re

import pytest
from fake_documents import CLERK, JOB
from fake_service import FakeService
from page_visits import PHONE, Visit, tab_to, until_sent, violations
from playwright.sync_api import expect


def test_a_review_by_keys_alone(visit: Visit, service: FakeService) -> None:
    """Enter agrees, a number chooses, S skips until the end, U undoes, and a label may be new."""
    page = visit(CLERK, f"/review/{JOB}")
    expect(page.get_by_text("Row 17 of the results (row 18 in a spreadsheet)")).to_be_visible()
    page.keyboard.press("u")
    expect(page.locator("#spoken")).to_have_text("There is nothing to undo.")
    expect(page.locator(".review .facts")).to_have_text("NrA-17")  # by which a person knows the claim again
    expect(
        page.get_by_text("4 rows of which the model is not sure; 2 where the file has another category; 1 drawn at random")
    ).to_be_visible()
    page.keyboard.press("Enter")  # 17: leak, as predicted
    expect(page.get_by_text("Row 4 of the results")).to_be_visible()
    page.keyboard.press("2")  # 4: leak, the second choice
    expect(page.get_by_text("Row 211 of the results")).to_be_visible()
    expect(page.get_by_text("<b>Not bold</b> & <script>alert(1)</script>")).to_be_visible()
    page.keyboard.press("0")  # here as in labelling: one cannot tell
    expect(page.get_by_text("Row 8 of the results")).to_be_visible()
    page.keyboard.press("u")
    expect(page.get_by_text("Row 211 of the results")).to_be_visible()
    page.keyboard.press("s")
    expect(page.get_by_role("button", name="Undo row 211: skipped")).to_be_visible()
    tab_to(page, "Or a new label")
    page.keyboard.type("3 in 1")  # keys in a field are letters
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("No label is called ‘3 in 1’ yet.")
    page.keyboard.press("u")  # while a button of that question has the focus, a letter is a slip
    expect(page.get_by_role("button", name="Make 3 in 1 a new label")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Row 90 of the results")).to_be_visible()
    expect(page.get_by_text("The file says scratch.")).to_be_visible()
    page.keyboard.press("u")
    expect(page.get_by_text("Row 8 of the results")).to_be_visible()
    for key in ("Enter", "Enter", "Enter", "Enter"):  # 8, 90, 33, 140
        page.keyboard.press(key)
    expect(page.get_by_text("Row 211 of the results")).to_be_visible()  # which was skipped
    page.keyboard.press("4")  # as in every row
    expect(page.get_by_text("All rows of this list are answered")).to_be_visible()
    expect(page.get_by_text("7 of 7 rows answered")).to_be_visible()
    until_sent(page)
    expected = {17: "leak", 4: "leak", 211: "noise", 8: "missing part", 90: "rust", 33: "noise", 140: "wrong colour"}
    assert service.corrections == expected


def test_a_part_of_a_label_makes_no_new_one(visit: Visit, service: FakeService) -> None:
    """Capitals do not matter, a part asks which label was meant, and only a person's word makes a new one."""
    page = visit(CLERK, f"/review/{JOB}")
    typed = page.get_by_label("Or a new label")
    typed.fill(" LEAK ")
    typed.press("Enter")
    expect(page.get_by_text("Row 4 of the results")).to_be_visible()
    typed.fill("r")
    typed.press("Enter")
    meant = page.get_by_role("button", name="I meant")
    expect(meant).to_have_text(["I meant rust", "I meant cracked", "I meant missing part", "I meant scratch", "I meant wrong colour"])
    assert violations(page) == []
    meant.first.press("Enter")
    expect(page.get_by_text("Row 211 of the results")).to_be_visible()
    until_sent(page)
    assert service.corrections == {17: "leak", 4: "rust"}


def test_undo_goes_on_after_the_view_was_left(visit: Visit, service: FakeService) -> None:
    """The last answer is named beside it, and taken back also by who has looked at something else meanwhile."""
    page = visit(CLERK, f"/review/{JOB}")
    expect(page.get_by_text("Row 17 of the results")).to_be_visible()
    page.keyboard.press("Enter")
    page.evaluate("location.hash = '#/jobs'")
    expect(page.get_by_role("heading", name="Jobs")).to_be_visible()
    until_sent(page)
    for come_back in (page.go_back, page.reload):
        come_back()
        page.get_by_role("button", name="Undo row 17: leak").press("Enter")
        expect(page.get_by_text("Row 17 of the results")).to_be_visible()
        until_sent(page)
        assert service.corrections == {}
        page.keyboard.press("Enter")
        until_sent(page)


@pytest.mark.parametrize("viewport", [{"width": 1280, "height": 800}, {"width": 640, "height": 400}], ids=["small", "at 200 %"])
def test_what_is_above_the_card_stays_in_sight(visit: Visit, viewport: dict[str, int]) -> None:
    """After an answer: how far one is, the way back, and the text itself; nothing that sticks to the window lies above a button."""
    page = visit(CLERK, f"/review/{JOB}", viewport=viewport)
    expect(page.get_by_text("Row 17 of the results")).to_be_visible()
    for _ in range(2):
        page.evaluate("scrollBy(0, 300)")
        page.keyboard.press("Enter")
    for place in ("#reviewed", "#row-name", ".reviewed button"):
        expect(page.locator(place)).to_be_in_viewport(ratio=1)
    page.evaluate("scrollBy(0, document.querySelector('.actions .primary').getBoundingClientRect().bottom - innerHeight)")
    assert page.evaluate(COVERED, ".actions .primary") is False
    if viewport["height"] > 480:  # else there is no room for what stays
        page.evaluate("scrollBy(0, 999)")
        expect(page.locator("#reviewed")).to_be_in_viewport(ratio=1)
    expect(page.get_by_label("Keys on")).to_be_visible()


COVERED = """(selector) => {
  const place = document.querySelector(selector);
  const { left, top, width, height } = place.getBoundingClientRect();
  return [1, height / 2, height - 1].some((down) => !place.contains(document.elementFromPoint(left + width / 2, top + down)));
}"""


def test_keys_act_only_where_they_are_shown(visit: Visit, service: FakeService) -> None:
    """Where fingers point there is no switch to turn them off, so they do nothing."""
    page = visit(CLERK, f"/review/{JOB}", viewport=PHONE, fingers=True)
    expect(page.get_by_text("Row 17 of the results")).to_be_visible()
    expect(page.get_by_label("Keys on")).to_be_hidden()
    page.keyboard.press("2")
    expect(page.get_by_text("0 of 7 rows answered")).to_be_visible()
    page.get_by_role("button", name="Yes,").tap()
    expect(page.get_by_text("1 of 7 rows answered")).to_be_visible()
    until_sent(page)
    assert service.corrections == {17: "leak"}


def test_who_answers_after_another_person_hears_of_it(visit: Visit, service: FakeService) -> None:
    """The last word stands, but not without a word, which can be put away; the review goes on by keys."""
    service.before[17] = "rust"
    page = visit(CLERK, f"/review/{JOB}")
    expect(page.get_by_text("Row 17 of the results")).to_be_visible()
    page.keyboard.press("Enter")
    told = "Row 17: ann@example.com had answered ‘rust’ (Nov 22, 2026, 09:59). Yours, ‘leak’, stands now."
    expect(page.locator("main").get_by_text(told)).to_be_in_viewport(ratio=1)
    assert page.evaluate(COVERED, "#row-text") is False
    assert violations(page) == []
    page.get_by_role("button", name="OK").press("Enter")
    expect(page.get_by_role("button", name="OK")).to_have_count(0)
    page.keyboard.press("2")
    expect(page.get_by_text("2 of 7 rows answered")).to_be_visible()


def test_a_review_says_how_far_it_is_and_what_it_leaves_out(visit: Visit, service: FakeService) -> None:
    """The same figures in the list of reviews, on the job's page and in the review; rows without text are nobody's task."""
    service.steps, service.rows_to_review, service.textless, service.answered = 0, 10, 2, 3
    page = visit(CLERK, "/review")
    expect(page.get_by_text("3 of 8 rows that need a person answered")).to_be_visible()
    page.evaluate(f"location.hash = '#/jobs/{JOB}'")
    expect(page.locator(".tile")).to_have_text(
        ["988 rowsneed no review", "8 rowsfor a person to look at", "2 rowswithout a text, so without a label", "2 rowscould not be read"]
    )
    expect(page.get_by_text("3 of 8 rows that need a person answered.")).to_be_visible()
    page.evaluate(f"location.hash = '#/review/{JOB}'")
    expect(page.get_by_text("1 drawn at random from the 988 of which it is sure")).to_be_visible()
    left_out = "Not in this list: 2 rows without text, which no label fits; 10 rows of which the model is not sure either"
    expect(page.get_by_text(left_out)).to_be_visible()


WORDS = """async (asked) => {
  const { orderWords, progressWords } = await import("/review_progress.js");
  return [progressWords({ rows_to_review: 1 }), orderWords(...asked)];
}"""


def test_what_is_not_drawn_is_not_said_to_be(visit: Visit) -> None:
    """Where all rows of which the model is sure are in the list, it says so; one row needs, two need."""
    asked = [{"doubtful": 8, "contrary": 0, "drawn": 53, "differing": 4}, 53]
    progress, order = visit(CLERK).evaluate(WORDS, asked)
    assert progress == "1 row needs a person"
    expected = "8 rows of which the model is not sure; 53 rows of which it is sure: all others of the file, which show"
    assert expected in order


def test_where_labels_are_many_only_the_likely_ones_have_keys(visit: Visit, service: FakeService) -> None:
    """1 is the model's answer in every row; the others are buttons, or typed where these are too many."""
    service.labels = [f"label {number:02}" for number in range(12)]
    page = visit(CLERK, f"/review/{JOB}")
    expect(page.get_by_role("listitem").filter(has=page.locator("kbd"))).to_have_text([re.compile("^1leak"), re.compile("^2cracked")])
    expect(page.get_by_role("button", name="label 11")).to_be_visible()
    service.labels += [f"label {number:02}" for number in range(12, 40)]
    page.reload()
    expect(page.get_by_text("Another of the 42 labels, or a new one")).to_be_visible()
    expect(page.get_by_role("button", name="label 11")).to_have_count(0)
    page.keyboard.press("2")
    until_sent(page)
    assert service.corrections == {17: "cracked"}


def test_disagreements_come_with_the_surest_first(visit: Visit, service: FakeService) -> None:
    """Who is right is a button each; the choice is shown, sent and can be undone."""
    page = visit(CLERK, f"/review/{JOB}/disagreements")
    items = page.locator(".ranked > li")
    expect(items).to_have_count(3)
    expect(items.first).to_contain_text("NrA-90")  # by which a person knows the claim again
    assert [re.search(r"(\d+) % sure", text)[1] for text in items.all_inner_texts()] == ["97", "93", "55"]  # type: ignore[index]
    tab_to(page, "The file is right")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="The file is right: scratch")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("button", name="The file is right: scratch")).to_be_focused()
    tab_to(page, "Undo")
    until_sent(page)
    assert service.corrections == {90: "scratch"}
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Undo")).to_have_count(0)
    until_sent(page)
    assert service.corrections == {}


def test_a_third_answer_to_a_disagreement_is_shown(visit: Visit, service: FakeService) -> None:
    """Where a review has found that neither file nor model is right, nobody believes that nothing was said; it can be said, too."""
    service.corrections[33] = "cracked"
    page = visit(CLERK, f"/review/{JOB}/disagreements")
    expect(page.locator("main").get_by_text("Your answer: cracked")).to_be_visible()
    page.get_by_role("button", name="Another label").first.press("Enter")
    page.get_by_label("The right label of row 90").select_option("noise")
    page.get_by_role("button", name="Use it").press("Enter")
    expect(page.locator("main").get_by_text("Your answer: noise")).to_be_visible()
    assert page.evaluate("document.activeElement !== document.body")
    until_sent(page)
    assert service.corrections == {33: "cracked", 90: "noise"}
