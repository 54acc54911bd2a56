"""What a claims clerk does, by keyboard alone."""

from __future__ import annotations

import re

import pytest
from fake_documents import CLERK, JOB, LATER, OWNER
from fake_service import FakeService
from page_visits import Visit, tab_to
from playwright.sync_api import expect

from contract.table import LINE_END, added_columns, csv_line, neutralise


def test_a_text_is_classified_once_the_classifier_is_warm(visit: Visit, service: FakeService) -> None:
    """The page says that the classifier warms up, tries again by itself, and shows the words as text whatever they hold."""
    service.warming = 2
    page = visit(CLERK)
    tab_to(page, "The text")
    page.keyboard.type("It leaks")
    tab_to(page, "Classify")
    page.keyboard.press("Enter")
    expect(page.locator("main").get_by_text("The model is warming up after a pause.")).to_be_visible()
    expect(page.get_by_role("heading", name="leak")).to_be_visible()
    expect(page.locator("main").get_by_text("87 % sure")).to_be_visible()
    expect(page.get_by_text("Next likely: cracked, 8 %")).to_be_visible()
    expect(page.get_by_role("row", name="leaks × 10.0")).to_be_visible()
    expect(page.get_by_role("row", name="<i>door</i> ÷ 1.2")).to_be_visible()
    expect(page.locator("#spoken")).to_contain_text("The label is leak, 87 % sure")
    assert [path for _, path, _ in service.asked].count("/classifiers/main/classifications") == 3


def test_the_wait_for_a_warm_classifier_can_be_ended(visit: Visit, service: FakeService) -> None:
    """Nobody is kept waiting against their will: the button stays below the fingers while the page tries again."""
    service.warming = 100
    page = visit(CLERK)
    page.get_by_label("The text").fill("It leaks")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("button", name="Stop trying")).to_be_visible()
    tab_to(page, "Stop trying")
    for _ in range(2):
        with page.expect_response("**/classifications"):
            pass  # the next try
    page.keyboard.press("Enter")
    expect(page.get_by_text("Stopped.")).to_be_visible()


def test_what_waiting_does_not_mend_is_told_at_once(visit: Visit, service: FakeService) -> None:
    """Without a time after which to try again the page shows the server's reason and asks no more."""
    service.warming, service.retry_after, service.not_now = 100, 0, "Model v3 did not come up: its archive cannot be read."
    page = visit(CLERK)
    page.get_by_label("The text").fill("It leaks")
    page.keyboard.press("Control+Enter")
    expect(page.locator("main").get_by_text(service.not_now)).to_be_visible()
    expect(page.get_by_role("button", name="Try again")).to_be_visible()
    expect(page.get_by_text("Next try")).to_have_count(0)
    assert [path for _, path, _ in service.asked].count("/classifiers/main/classifications") == 1


def test_a_gateway_that_gives_up_is_asked_again(visit: Visit, service: FakeService) -> None:
    """Its refusal has neither sentence nor time; the page has its own of both."""
    service.warming, service.retry_after, service.not_now = 100, 0, ""
    page = visit(CLERK)
    page.get_by_label("The text").fill("It leaks")
    page.keyboard.press("Control+Enter")
    expect(page.locator("main").get_by_text("The service did not answer in time.")).to_be_visible()
    expect(page.get_by_text("Next try by itself in")).to_be_visible()


def test_a_guess_gives_no_reasons(visit: Visit, service: FakeService) -> None:
    """Where the model knows none of a text's words, none of them is shown as one that spoke for the label."""
    service.review_reason = "no known words; text was shortened"
    page = visit(CLERK)
    page.get_by_label("The text").fill("Glorp")
    page.keyboard.press("Control+Enter")
    expect(page.locator("main").get_by_text("The model knows none of these words and can only guess")).to_be_visible()
    expect(page.get_by_role("table")).to_have_count(0)
    page.get_by_label("The text").fill("")
    expect(page.locator(".answer")).to_have_count(0)  # it was about another text
    page.keyboard.press("Control+Enter")
    expect(page.locator("main").get_by_text("Type a text first.")).to_be_visible()


def test_a_file_that_was_sent_again_leads_to_its_newer_job(visit: Visit, service: FakeService) -> None:
    """The older job says that its results were replaced, and by which; what could not be read has no answer."""
    service.steps, service.was_sent = 0, True
    main = visit(CLERK, f"/jobs/{JOB}").locator("main")
    expect(main.get_by_text("998 of 1,000 rows have a label; 2 could not be read")).to_be_visible()
    expect(main.get_by_text("A file of this name was sent again since.")).to_be_visible()
    expect(main.get_by_role("link", name="Show the newer one")).to_have_attribute("href", f"#/jobs/{LATER}")


ANSWERED = """async ([text, answers]) => {
  const { withAnswers } = await import("/answered_results.js");
  return withAnswers(text, new Map(answers));
}"""


@pytest.mark.parametrize("delimiter", [",", ";"])
def test_answers_stand_in_columns_of_their_own(visit: Visit, delimiter: str) -> None:
    """Beside what the model said, which stays as it is to the letter; numbered where the file has such columns, as the kit does."""
    own = ["Nr", "predicted_label", "final_label", "text"]
    header = [*own, *added_columns(own)]
    said = ["'-leak", "0.5", "noise", "0.4", "yes", "low confidence", "v3"]
    rows = [[str(number), "x", "y", f'a{delimiter}"b"\r\nc{number}', *said] for number in (1, 2, 3)]
    lines = [csv_line(row, delimiter) + LINE_END for row in (header, *rows)]
    answers = {1: "=1+1", 3: f"new{delimiter} label"}
    given = [[row, {"label": label, "by": CLERK}] for row, label in answers.items()]
    made = visit(CLERK).evaluate(ANSWERED, ["\ufeff" + "".join(lines), given])
    added = added_columns(header, ["final_label", "answered_by"])
    told = [[neutralise(answers[row]), CLERK] if row in answers else ["'-leak", ""] for row in (1, 2, 3)]
    wanted = [csv_line([*row, *more], delimiter) + LINE_END for row, more in zip([header, *rows], [added, *told], strict=True)]
    assert made == "\ufeff" + "".join(wanted)


def test_commands_are_for_people_at_a_terminal(visit: Visit) -> None:
    """What a job's message says of them is left out."""
    told = visit(CLERK).evaluate(
        "async (message) => (await import('/words.js')).forPage(message)",
        "Its label column is unknown ('kit drop FILE -p label_column=NAME'). Rename it. 'kit retry a' tries again. It waits."
        " It can promise 5 %: ask for that (--max-error), or train. Name another with --model. By hand, 'python -m container' helps.",
    )
    assert told == "Its label column is unknown. Rename it. It waits. It can promise 5 %: ask for that, or train."


def test_without_a_model_the_page_says_what_to_do(visit: Visit, service: FakeService) -> None:
    """An owner is led to the first training, a clerk to an owner."""
    service.has_model = False
    expect(visit(OWNER).get_by_role("link", name="Drop a file with labelled texts")).to_be_visible()
    expect(visit(CLERK).get_by_text("An owner has to train the first one.")).to_be_visible()


def test_a_job_is_followed_to_its_promise(visit: Visit) -> None:
    """Its state changes by itself, and the summary says in a sentence what is promised and what was observed."""
    page = visit(CLERK, f"/jobs/{JOB}")
    expect(page.locator("main").get_by_text("998 of 1,000 rows have a label; 2 could not be read")).to_be_visible(timeout=15_000)
    expect(page.get_by_text("810 rows (81 % of the file) need no review; at most 5 % of such rows are wrong")).to_be_visible()
    expect(page.get_by_text("1 was wrong. So few say nothing about the promise yet")).to_be_visible()
    expect(page.get_by_text("in the column ‘Kategorie’. In 31 rows the model gave another label.")).to_be_visible()
    expect(page.get_by_role("link", name="claims_results.csv")).to_have_attribute("href", re.compile("^http"))
    tab_to(page, "Review the rows most worth a look")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Review: claims.csv")).to_be_visible()


@pytest.mark.parametrize(
    ("possible", "sentence"),
    [([0.1, 0.05], "It can promise at most 5 % or 10 %: send the file once more"), ([], "Train a model on more labelled rows.")],
)
def test_a_promise_that_cannot_be_kept_says_what_to_do(visit: Visit, service: FakeService, possible: list[float], sentence: str) -> None:
    """Which others the model could give, or that it needs more rows to learn from; what was chosen for the file is chosen again."""
    service.steps = 0
    service.promise |= {"max_error": 0.005, "threshold": None, "possible": possible, "accepted": 0, "accepted_share": 0.0, "is_kept": False}
    page = visit(CLERK, f"/jobs/{JOB}")
    notice = page.locator(".notice.note")
    expect(notice).to_contain_text("cannot promise that at most 0.5 % are wrong, so a person has to look at every row.")
    expect(notice).to_contain_text(sentence)
    notice.get_by_role("link", name="Send the file once more").click()
    expect(page.get_by_text("Choose ‘claims.csv’ once more")).to_be_visible()
    page.get_by_label("Drop a table here").set_input_files(
        {"name": "claims.csv", "mimeType": "text/csv", "buffer": b"Remark,Text,Kategorie\na,b,c\n"}
    )
    expect(page.get_by_label("Column with the texts")).to_have_value("1")
    expect(page.get_by_label("How many mistakes")).to_have_value("5" if possible else "")
    strictest = page.get_by_role("option", name="At most 0.5 % (the present model cannot promise that)")
    expect(strictest).to_be_disabled()
    expect(page.get_by_text("The column ‘Kategorie’ is taken for the file’s own category")).to_be_visible()


def test_rows_are_reviewed_also_where_the_model_doubts_none(visit: Visit, service: FakeService) -> None:
    """The list may hold spot checks and disagreements; where there is no list, nothing leads to it."""
    service.steps = service.rows_to_review = 0
    main = visit(CLERK, f"/jobs/{JOB}").locator("main")
    expect(main.get_by_role("link", name="Review the rows most worth a look")).to_have_attribute("href", f"#/review/{JOB}")
    service.review = ""
    main = visit(CLERK, f"/jobs/{JOB}").locator("main")
    expect(main.get_by_role("heading", name="What came of it")).to_be_visible()
    expect(main.get_by_role("link", name="Review the rows")).to_have_count(0)


def test_rows_without_a_text_have_no_label(visit: Visit, service: FakeService) -> None:
    """They are counted by themselves: nobody can say more of them."""
    service.steps, service.textless = 0, 3
    main = visit(CLERK, f"/jobs/{JOB}").locator("main")
    expect(main.get_by_text("995 of 1,000 rows have a label; 3 have no text, 2 could not be read")).to_be_visible()
    expect(main.locator(".tile").filter(has_text="for a person")).to_contain_text("185 rows")
    expect(main.locator(".tile").filter(has_text="without a text")).to_contain_text("3 rows")


def test_a_broken_promise_is_told_with_what_to_do(visit: Visit, service: FakeService) -> None:
    """When chance hardly explains what was found, and the file can be sent once more as it was."""
    service.steps, service.observed = 0, {"reviewed": 120, "wrong": 14, "verdict": "broken"}
    broken = visit(CLERK, f"/jobs/{JOB}").locator(".notice.bad")
    expect(broken).to_contain_text("14 were wrong (11.7 %). That is more than the promised 5 %")
    expect(broken.get_by_role("link", name="Send the file once more")).to_be_visible()


def test_what_is_not_there_is_not_asked_for_again(visit: Visit) -> None:
    """A broken bookmark says so; trying again would help nobody."""
    page = visit(CLERK, "/jobs/nope/nope")
    page.evaluate("location.hash = '#/models/main/none'")
    expect(page.locator("main").get_by_text("There is no such thing.")).to_be_visible()
    expect(page.get_by_role("button", name="Try again")).to_have_count(0)


def test_a_wide_table_has_the_room_that_there_is(visit: Visit) -> None:
    """The table of mistakes is cut off no sooner than the screen ends, also where its names are wider than the column of text."""
    region = visit(CLERK, "/models/main/3").get_by_role("region", name="Table of right labels and answers")
    expect(region).to_be_visible()
    region.evaluate("element => element.querySelectorAll('thead th').forEach((name) => name.append(' more'))")
    assert region.evaluate("element => [element.clientWidth > 1000, element.scrollWidth <= element.clientWidth]") == [True, True]


def test_clerks_are_not_offered_what_they_may_not_do(visit: Visit) -> None:
    """Promotion, rollback and training are buttons for owners alone."""
    page = visit(CLERK, "/models")
    expect(page.get_by_text("Version 3")).to_be_visible()
    expect(page.get_by_role("button", name="Train a new model")).to_have_count(0)
    page.evaluate("location.hash = '#/models/main/2'")
    expect(page.get_by_text("How much can it do alone?")).to_be_visible()
    expect(page.get_by_role("button", name="Use this version")).to_have_count(0)


@pytest.mark.parametrize(
    ("view", "words"),
    [
        ("/jobs", "a file"),
        ("/jobs/a", "The file is classified."),
        ("/review", "The model asks for help"),
        ("/review/a", "Row 1 of the results"),
        ("/review/a/disagreements", "Row 2"),
        ("/label", "Where there is no model yet"),
        ("/label/main/a", "(no text)"),
        ("/label/main/b", "This labelling job is finished."),
        ("/label/main/a/job", "How far it is"),
        ("/models", "Version 1"),
        ("/models/main/1", "of texts right"),
    ],
)
def test_no_view_breaks_when_the_api_tells_little(visit: Visit, service: FakeService, view: str, words: str) -> None:
    """A field that is missing is not shown, or shown as a dash."""
    service.is_bare = True
    page = visit(CLERK, view)
    main = page.locator("main")
    expect(main.get_by_text(words).first).to_be_visible()
    expect(main).not_to_contain_text("undefined")
    expect(main).not_to_contain_text("NaN")
    expect(main).not_to_contain_text("did not expect")


def test_an_answer_without_words_is_shown(visit: Visit, service: FakeService) -> None:
    """What explains the label may be missing, the label is there."""
    service.is_bare = True
    page = visit(CLERK)
    page.get_by_label("The text").fill("It leaks")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("heading", name="leak")).to_be_visible()
    expect(page.locator("main")).not_to_contain_text("NaN")
