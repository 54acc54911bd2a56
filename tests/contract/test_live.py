"""What an endpoint is asked and answers."""

from __future__ import annotations

import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.errors import UserError
from contract.live import CSV, JSON, JSON_LINES, MAX_CHARS, MAX_INSTANCES, TYPES, Question, parse, render

RANKINGS = [[("leak", 0.75), ('say "no", twice', 0.2500001)], [], [("=SUM(A1)", 1.0)]]


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
    assert json.loads(render(RANKINGS, JSON)) == objects
    assert [json.loads(line) for line in render(RANKINGS, JSON_LINES).splitlines()] == objects


def test_answers_in_csv_can_be_opened() -> None:
    """A row for each text, nothing in it that a spreadsheet would run."""
    rows = list(csv.reader(io.StringIO(render(RANKINGS, CSV), newline="")))
    assert rows == [["leak", "0.7500", 'say "no", twice', "0.2500"], ["", ""], ["'=SUM(A1)", "1.0000"]]


@given(st.binary(max_size=200) | st.text(max_size=80).map(lambda text: text.encode("utf-8", "replace")), st.sampled_from(TYPES))
def test_any_body_is_read_or_refused(body: bytes, content_type: str) -> None:
    """No body raises anything else."""
    try:
        assert parse(body, content_type)
    except UserError as error:
        assert str(error).endswith((".", "}.")), error
