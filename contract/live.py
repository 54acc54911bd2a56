"""What an endpoint is asked and what it answers: BlazingText's formats, so that either engine can stand behind it.

| type                  | question                                                       | answer                                       |
|-----------------------|----------------------------------------------------------------|----------------------------------------------|
| application/json      | `{"instances": ["text", ...], "configuration": {"k": 2}}`      | `[{"label": ["a", "b"], "prob": [0.9, 0.1]}]` |
| application/jsonlines | a line `{"source": "text", "k": 2}` for each text              | such an object on a line for each text       |
| text/csv              | a row for each text, without a header                          | a row `a,0.9` for each text                  |

`k` is how many labels are wanted, the best ones first; without it, one. A text without a word gets none.

The kit's own model answers more to who asks, in JSON: beside `k`, `"review": true` adds `"needs_review"` and `"review_reason"`, which is
empty when no person need look; `"explain": true` adds `"words"`, pairs `["leaks", 2.1]` of the words that spoke most for the best label
and then of those against it, with the change of its log-odds; either adds `"model_version"`, a number, where the model has one.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

from contract.errors import UserError
from contract.table import csv_line, neutralise

JSON, JSON_LINES, CSV = "application/json", "application/jsonlines", "text/csv"
TYPES = (JSON, JSON_LINES, CSV)

MAX_BODY_BYTES = 6 * 1024**2  # what SageMaker takes for certain
MAX_INSTANCES = 1_000
MAX_CHARS = 200_000  # of one text; more would not be read
MAX_EXPLAINED_CHARS = 50_000  # of several texts together: each is read again for its words, of a long one for fewer, and others wait

Ranking = Sequence[tuple[str, float]]  # labels and their probabilities, the best first


class Wish(StrEnum):
    """What may be asked for beside labels."""

    REVIEW = "review"  # whether a person should look
    EXPLAIN = "explain"  # which words moved the decision


class Question(NamedTuple):
    """A text, how many labels are wanted for it, and what else."""

    text: str
    most: int
    wishes: frozenset[Wish] = frozenset()


class Reply(NamedTuple):
    """What is answered to one question."""

    ranking: Ranking
    further: Mapping[str, Any] = {}  # entries of its JSON object beside labels and probabilities


def parse(body: bytes, content_type: str) -> list[Question]:
    """The questions of a body; the type must be one of `TYPES`. Raises UserError that names the instance, from 1."""
    try:
        content = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UserError(f"The body is no UTF-8 (byte {error.start + 1}). Encode it as UTF-8.") from error
    questions = {JSON: _json, JSON_LINES: _json_lines, CSV: _csv}[content_type](content)
    if not questions:
        raise UserError("There is no text in the body. Send at least one.")
    if len(questions) > MAX_INSTANCES:
        raise UserError(f"{len(questions):,} texts came at once; {MAX_INSTANCES:,} are allowed. Send them in portions, or drop a file.")
    for number, question in enumerate(questions, 1):
        if len(question.text) > MAX_CHARS:
            raise UserError(f"Text {number} has {len(question.text):,} characters; {MAX_CHARS:,} are allowed. Shorten it.")
    sizes = [len(question.text) for question in questions if Wish.EXPLAIN in question.wishes]
    if len(sizes) > 1 and sum(sizes) > MAX_EXPLAINED_CHARS:
        allowed = f"{MAX_EXPLAINED_CHARS:,} are allowed, for each is read once more for every word."
        raise UserError(f"The {len(sizes)} texts to explain have {sum(sizes):,} characters together; {allowed} Send fewer, or drop a file.")
    return questions


def render(replies: Sequence[Reply], content_type: str) -> str:
    """The body of an answer, of one of `TYPES`."""
    if content_type == CSV:
        return "".join(f"{_csv_row(reply.ranking)}\n" for reply in replies)
    objects = [
        {"label": [label for label, _ in ranking], "prob": [round(share, 6) for _, share in ranking], **further}
        for ranking, further in replies
    ]
    if content_type == JSON:
        return json.dumps(objects, ensure_ascii=False)
    return "".join(json.dumps(entry, ensure_ascii=False) + "\n" for entry in objects)


def _csv_row(ranking: Ranking) -> str:
    return csv_line([value for label, share in ranking for value in (neutralise(label), f"{share:.4f}")] or ["", ""], ",")


def _json(content: str) -> list[Question]:
    value = _parsed(content, "The body")
    if not isinstance(value, dict) or not isinstance(value.get("instances"), list):
        raise UserError('The body is no object with a list of texts. Send {"instances": ["first text", "second text"]}.')
    configuration = value.get("configuration", {})
    if not isinstance(configuration, dict):
        raise UserError('"configuration" is no object. Send {"k": 2}, or leave it out.')
    most, wishes = _most(configuration.get("k", 1), "The body"), _wishes(configuration, "The body")
    return [Question(_text(text, number), most, wishes) for number, text in enumerate(value["instances"], 1)]


def _json_lines(content: str) -> list[Question]:
    questions = []
    for number, line in enumerate(content.split("\n"), 1):
        if line.strip():
            value = _parsed(line, f"Line {number}")
            if not isinstance(value, dict) or "source" not in value:
                raise UserError(f'Line {number} is no object with a text. Send {{"source": "the text"}}.')
            place = f"Line {number}"
            questions.append(Question(_text(value["source"], number), _most(value.get("k", 1), place), _wishes(value, place)))
    return questions


def _csv(content: str) -> list[Question]:
    csv.field_size_limit(max(MAX_BODY_BYTES, csv.field_size_limit()))
    questions = []
    try:
        for number, row in enumerate(csv.reader(io.StringIO(content, newline=""), strict=True), 1):
            if len(row) > 1:
                raise UserError(f"Row {number} has {len(row)} columns where one text belongs. Put a text with commas into quotation marks.")
            questions += [Question(text, 1) for text in row]
    except csv.Error as error:
        raise UserError(f"The body is no CSV ({error}). Put each text into quotation marks, and double those inside it.") from error
    return questions


def _parsed(content: str, place: str) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        raise UserError(f"{place} is no JSON. Send what the Content-Type says.") from error


def _text(value: Any, number: int) -> str:
    if not isinstance(value, str):
        raise UserError(f"Text {number} is no text. Put it into quotation marks.")
    return value


def _wishes(given: Mapping[str, Any], place: str) -> frozenset[Wish]:
    for wish in Wish:
        if type(given.get(wish, False)) is not bool:
            raise UserError(f'{place} has a "{wish}" that is neither true nor false.')
    return frozenset(wish for wish in Wish if given.get(wish))


def _most(value: Any, place: str) -> int:
    if type(value) is not int or value < 1:
        raise UserError(f'{place} has a "k" that is no whole number above 0. It says how many labels are wanted.')
    return value
