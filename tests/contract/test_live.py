"""What an endpoint is asked and answers."""

from __future__ import annotations

import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.errors import UserError
from contract.live import CSV, JSON, JSON_LINES, MAX_CHARS, MAX_INSTANCES, TYPES, Question, Reply, Wish, parse, render

REPLIES = [Reply([("leak", 0.75), ('say "no", twice', 0.2500001)]), Reply([]), Reply([("=SUM(A1)", 1.0)])]


@pytest.mark.parametrize(
    ("content_type", "body", "questions"),
    [
        (JSON, '{"instances": ["a b", ""]}', [("a b", 1), ("", 1)]),
        (JSON, '\ufeff{"instances": ["é\\ud800"], "configuration": {"k": 3}}', [("é\ud800", 3)]),
        (JSON_LINES, '{"source": "a"}\n\r\n{"source": "b", "k": 2}\n', [("a", 1), ("b", 2)]),
        (CSV, 'one\r\n"two, ""too""\nlines"\n', [("one", 1), ('two, "too"\nlines', 1)]),
    ],
)
def test_each_type_is_read(content_type: str, body: str, questions: list[tuple[str, int]]) -> None:
    """Texts come in the order in which they were sent, each with the number of labels that was asked for."""
    assert parse(body.encode("utf-8", "surrogatepass"), content_type) == [Question(*entry) for entry in questions]


@pytest.mark.parametrize(
    ("content_type", "body", "said"),
    [
        (JSON, b"\xff", "no UTF-8"),
        (JSON, b"", "no JSON"),
        (JSON, b"[" * 100_000, "no JSON"),
        (JSON, b'["a"]', "no object with a list of texts"),
        (JSON, b'{"instances": "a"}', "no object with a list of texts"),
        (JSON, b'{"instances": []}', "no text in the body"),
        (JSON, b'{"instances": ["a", 1]}', "Text 2 is no text"),
        (JSON, b'{"instances": ["a"], "configuration": 2}', '"configuration" is no object'),
        (JSON, b'{"instances": ["a"], "configuration": {"k": 0}}', "no whole number above 0"),
        (JSON, b'{"instances": ["a"], "configuration": {"k": true}}', "no whole number above 0"),
        (JSON, b'{"instances": ["a"], "configuration": {"explain": 1}}', 'The body has a "explain" that is neither true nor false'),
        (JSON_LINES, b'{"source": "a", "review": "yes"}', 'Line 1 has a "review" that is neither true nor false'),
        (
            JSON,
            json.dumps({"instances": ["b" * 30_000] * 2, "configuration": {"explain": True}}).encode(),
            "The 2 texts to explain have 60,000 characters together; 50,000 are allowed, for each is read once more for every word. Send",
        ),
        (JSON_LINES, b'{"source": "a"}\nb\n', "Line 2 is no JSON"),
        (JSON_LINES, b'{"source": "a"}\n{"text": "b"}\n', "Line 2 is no object with a text"),
        (CSV, b"a\nb,c\n", "Row 2 has 2 columns"),
        (CSV, b'"a" b\n', "no CSV"),
        (CSV, b"\n", "no text in the body"),
        (JSON, json.dumps({"instances": ["a", "b" * (MAX_CHARS + 1)]}).encode(), "Text 2 has 200,001 characters"),
        (JSON, json.dumps({"instances": ["a"] * (MAX_INSTANCES + 1)}).encode(), "1,001 texts came at once"),
    ],
)
def test_what_cannot_be_read_is_refused_in_a_sentence(content_type: str, body: bytes, said: str) -> None:
    """The sentence names the text, line or row, and what to do."""
    with pytest.raises(UserError, match=said):
        parse(body, content_type)


def test_answers_have_blazingtexts_form() -> None:
    """JSON and JSON lines as BlazingText writes them; a text without a label has empty lists."""
    objects = [
        {"label": ["leak", 'say "no", twice'], "prob": [0.75, 0.25]},
        {"label": [], "prob": []},
        {"label": ["=SUM(A1)"], "prob": [1.0]},
    ]
    assert json.loads(render(REPLIES, JSON)) == objects
    assert [json.loads(line) for line in render(REPLIES, JSON_LINES).splitlines()] == objects


def test_more_is_answered_to_who_asks() -> None:
    """Further entries stand beside those of BlazingText in JSON, and nowhere in CSV."""
    reply = Reply([("leak", 0.75)], {"needs_review": True, "review_reason": "low confidence", "words": [["drips", 1.25]]})
    expected = {"label": ["leak"], "prob": [0.75], "needs_review": True, "review_reason": "low confidence", "words": [["drips", 1.25]]}
    assert json.loads(render([reply], JSON)) == [expected]
    assert json.loads(render([reply], JSON_LINES)) == expected
    assert render([reply], CSV) == "leak,0.7500\n"


def test_wishes_are_read() -> None:
    """For all texts of a body in JSON, for each line by itself in JSON lines; false is as good as nothing."""
    body = b'{"instances": ["a"], "configuration": {"review": true, "explain": true}}'
    assert parse(body, JSON) == [Question("a", 1, frozenset(Wish))]
    lines = b'{"source": "a", "explain": true}\n{"source": "b", "review": false}\n'
    assert parse(lines, JSON_LINES) == [Question("a", 1, frozenset({Wish.EXPLAIN})), Question("b", 1)]


def test_a_text_alone_is_explained_whatever_its_length() -> None:
    """Of a long one fewer words are tried, so only several together may be too much."""
    (question,) = parse(json.dumps({"instances": ["b" * MAX_CHARS], "configuration": {"explain": True}}).encode(), JSON)
    assert question.wishes == {Wish.EXPLAIN}


def test_answers_in_csv_can_be_opened() -> None:
    """A row for each text, nothing in it that a spreadsheet would run."""
    rows = list(csv.reader(io.StringIO(render(REPLIES, CSV), newline="")))
    assert rows == [["leak", "0.7500", 'say "no", twice', "0.2500"], ["", ""], ["'=SUM(A1)", "1.0000"]]


@given(st.binary(max_size=200) | st.text(max_size=80).map(lambda text: text.encode("utf-8", "replace")), st.sampled_from(TYPES))
def test_any_body_is_read_or_refused(body: bytes, content_type: str) -> None:
    """No body raises anything else."""
    try:
        assert parse(body, content_type)
    except UserError as error:
        assert str(error).endswith((".", "}.")), error
