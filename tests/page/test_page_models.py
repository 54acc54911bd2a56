"""What models promise, what answers brought, and how owners move them."""

from __future__ import annotations

import re

from fake_documents import CLERK, JOB, OWNER, TRAINING
from fake_service import FakeService
from page_visits import Visit, tab_to
from playwright.sync_api import expect


def test_a_model_says_what_it_can_promise_and_what_answers_brought(visit: Visit) -> None:
    """A promise that it cannot give is told as such; the answers it learned from stand apart from those it was tested on."""
    main = visit(CLERK, "/models/main/3").locator("main")
    expect(main.get_by_role("row", name="0.5 % not possible –")).to_be_visible()
    expect(main.get_by_role("row", name="5 % 70 of 121 (57.9 %) 2 of 70")).to_be_visible()
    learned = "It learned from 14 answers by 2 people; version 2 was wrong in 9, version 1 was wrong in 1 of them."
    expect(main.get_by_text(learned)).to_be_visible()
    tested = "Tested on 6 answers from which no model learns, this one is right on 83 %, version 2 on 50 %."
    expect(main.get_by_text(tested)).to_be_visible()


def test_a_model_is_the_one_of_its_classifier(visit: Visit, service: FakeService) -> None:
    """Whichever classifier is chosen, a job leads to its own one's model, which alone is promoted; choosing another leaves it."""
    service.classifiers, service.job_classifier, service.steps, service.current = ("main", "urgency"), "urgency", 0, 2
    page = visit(OWNER, f"/jobs/{JOB}")
    expect(page.get_by_label("Classifier")).to_have_value("main")
    page.get_by_role("link", name="version 3").press("Enter")
    expect(page.get_by_role("heading", name="Model 3 of urgency")).to_be_visible()
    page.get_by_role("button", name="Use this version").press("Enter")
    expect(page.get_by_role("dialog")).to_contain_text("Use version 3 of urgency?")
    page.get_by_role("dialog").get_by_role("button", name="Use it").press("Enter")
    expect(page.get_by_role("status").filter(has_text="Version 3 is in use now.")).to_be_visible()
    moves = [path for method, path, _ in service.asked if method == "POST"]
    assert moves == ["/classifiers/urgency/models/3/promote"]
    page.get_by_role("link", name="All models of urgency").press("Enter")
    expect(page.get_by_role("heading", name="Models of urgency")).to_be_visible()
    expect(page.get_by_role("link", name="Version 2")).to_have_attribute("href", "#/models/urgency/2")
    page.get_by_label("Classifier").select_option("urgency")
    page.get_by_label("Classifier").select_option("main")
    expect(page.get_by_role("heading", name="Models of main")).to_be_visible()


def test_owners_move_models_after_a_confirmation(visit: Visit, service: FakeService) -> None:
    """Escape leaves everything as it is, the confirmation's own button does it; a training is followed."""
    page = visit(OWNER, "/models/main/2")
    tab_to(page, "Use this version")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    assert service.current == 3
    page.get_by_role("button", name="Use this version").press("Enter")
    tab_to(page, "Use it")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").filter(has_text="Version 2 is in use now.")).to_be_visible()
    assert page.evaluate("document.activeElement.getAttribute('role')") == "status"
    assert service.current == 2
    page.get_by_role("link", name="All models").press("Enter")
    expect(page.get_by_role("button", name="Go back to version 3")).to_be_visible()
    page.get_by_role("button", name="Go back to version 3").press("Enter")
    page.get_by_role("dialog").get_by_role("button", name="Go back").press("Enter")
    expect(page.get_by_role("status").filter(has_text="Version 2 is in use now.")).to_be_visible()
    assert page.evaluate("document.activeElement !== document.body")
    service.late = 1  # its event is on the way
    page.get_by_role("button", name="Train a new model").press("Enter")
    expect(page.get_by_role("dialog")).to_contain_text("and 40 answers given in reviews, 0 of them since the last training began")
    page.get_by_role("dialog").get_by_role("button", name="Train", exact=True).press("Enter")
    expect(page).to_have_url(re.compile(f"/jobs/{TRAINING}$"))


def test_a_model_is_compared_in_a_plain_sentence_first(visit: Visit) -> None:
    """Its difference is that of the figures beside it, a share that is nearly all is not told as all, and the test's name comes last."""
    told = visit(CLERK).evaluate("""async () => {
      const [{ against }, { percent }] = [await import('/comparison.js'), await import('/words.js')];
      const worse = { accuracy: 0.926, champion_version: 1, champion_accuracy: 0.9421 };
      return [against(worse, {}), against({ ...worse, accuracy: 0.94209 }, {}), against({ accuracy: 0.9 }, {}),
        percent(0.9982), percent(1), percent(0.0005), percent(0), percent(0.9996, 1)];
    }""")
    assert told[0] == "It is a little worse than version 1: 92.6 % of the same texts right against 94.2 %."
    assert told[1:3] == ["It is as good as version 1: 94.2 % of the same texts right.", ""]
    assert told[3:] == ["> 99 %", "100 %", "< 1 %", "0 %", "> 99.9 %"]


def test_a_model_that_was_kept_says_so_in_a_plain_sentence(visit: Visit) -> None:
    """Before it is used all the same; what the kit wrote of it is to be opened."""
    page = visit(OWNER, "/models/main/1")
    page.get_by_role("button", name="Use this version").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("It was not put in use by itself. It is better than version 2: 93.4 % of the same texts right")
    expect(dialog.get_by_text("No better than guessing.")).to_be_hidden()
    dialog.get_by_text("What was said of it").click()
    expect(dialog.get_by_text("No better than guessing.")).to_be_visible()


def test_a_training_on_answers_is_no_file_that_was_sent(visit: Visit, service: FakeService) -> None:
    """The list names it by what it learns from."""
    service.training = {"is_anew": True, "answers": 13}
    page = visit(CLERK, "/jobs")
    page.get_by_role("link", name="Training with 13 answers").click()
    expect(page.get_by_text("labelled.csv and 13 answers")).to_be_visible()
