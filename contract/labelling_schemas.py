"""The bodies and parameters of the HTTP API's operations on labelling, as JSON Schema."""

from __future__ import annotations

from collections.abc import Mapping

from contract.columns import MAX_CHARS as MAX_LABEL_CHARS
from contract.json_schema import COUNT, FLAG, NUMBER, TEXT, Schema, listed, or_null, record, ref
from contract.labelling import NAME_PATTERN
from contract.labelling_ledger import LabellingStatus
from contract.layout import CLASSIFIER_PATTERN, MAX_KEY_BYTES

MAX_JOB_LABELS = 50
MAX_JOB_TEXTS = 5_000
MAX_ANSWERS = 5  # to one text
MAX_SOURCES = 100
MAX_GUIDANCE_CHARS = 300

NAME_IN_WORDS = "up to 32 small letters, digits and hyphens, beginning with a letter and not ending in a hyphen"
JOB_NAME: Schema = {"type": "string", "pattern": f"^(?:{NAME_PATTERN.pattern})$", "description": NAME_IN_WORDS}
TEXT_ID: Schema = {"type": "string", "pattern": "^[0-9a-f]{32}$", "description": "of a text, as it came with it"}

_LABEL = record(
    {
        "label": {"type": "string", "minLength": 1, "maxLength": MAX_LABEL_CHARS},
        "guidance": {"type": "string", "maxLength": MAX_GUIDANCE_CHARS, "default": ""},
    },
    optional=("guidance",),
    is_closed=True,
)

LABELLING_BODIES: Mapping[str, Schema] = {
    "NewLabellingJob": record(
        {
            "classifier": {"type": "string", "pattern": f"^(?:{CLASSIFIER_PATTERN.pattern})$", "description": NAME_IN_WORDS},
            "name": JOB_NAME,
            "labels": listed(_LABEL, minItems=2, maxItems=MAX_JOB_LABELS),
            "answers_wanted": {"type": "integer", "minimum": 1, "maximum": MAX_ANSWERS, "default": 1},
            "sources": listed(
                {"type": "string", "minLength": 1, "maxLength": MAX_KEY_BYTES, "description": "a key, or what keys start with"},
                minItems=1,
                maxItems=MAX_SOURCES,
            ),
            "max_texts": {"type": "integer", "minimum": 1, "maximum": MAX_JOB_TEXTS, "default": 1000},
            "text_column": {"type": "string", "maxLength": 200, "default": ""},
        },
        optional=("answers_wanted", "max_texts", "text_column"),
        is_closed=True,
    ),
    "UnlabelledFile": record(
        {
            "name": {"type": "string", "minLength": 1, "maxLength": MAX_KEY_BYTES},
            "bytes": {"type": "integer", "minimum": 1, "maximum": 2**53 - 1},
        },
        is_closed=True,
    ),
    "EndOfLabelling": record(
        {
            "without": listed(
                {"type": "string", "minLength": 1, "maxLength": MAX_LABEL_CHARS},
                maxItems=MAX_JOB_LABELS,
                default=[],
                description="labels whose texts are left out",
            )
        },
        optional=("without",),
        is_closed=True,
    ),
    "MyAnswer": record(
        {"label": {"type": "string", "maxLength": MAX_LABEL_CHARS, "description": "one of the job's; empty: I cannot tell"}}, is_closed=True
    ),
}

_LABELLING_JOB: Mapping[str, Schema] = {
    "classifier": TEXT,
    "name": TEXT,
    "status": {"type": "string", "enum": [str(status) for status in LabellingStatus]},
    "labels": listed(record({"label": TEXT, "guidance": TEXT})),
    "answers_wanted": COUNT,
    "texts": COUNT,
    "objects": {**COUNT, "description": "files that the texts were drawn from"},
    "unread": {**COUNT, "description": "chosen files that were not read: there are too many, so some were drawn at random"},
    "unreadable": {**COUNT, "description": "lines and rows that no text could be taken from"},
    "ranked_by": COUNT,
    "created_at": TEXT,
    "created_by": TEXT,
    "finished_at": TEXT,
    "finished_by": TEXT,
    "labelled": COUNT,
    "left_out": COUNT,
    "manifest": TEXT,
}

LABELLING_ANSWERS: Mapping[str, Schema] = {
    "Unlabelled": record({"sources": listed(record({"source": TEXT, "objects": COUNT, "bytes": COUNT, "newest": TEXT})), "is_cut": FLAG}),
    "LabellingJob": record(_LABELLING_JOB),
    "LabellingJobs": record({"jobs": listed(ref("LabellingJob"))}),
    "LabellingJobInFull": record(
        {
            **_LABELLING_JOB,
            "progress": record({"answers": COUNT, "labelled": COUNT, "complete": COUNT, "unclear": COUNT, "mine": COUNT}),
            "agreement": record({"alpha": or_null(NUMBER), "words": TEXT, "texts": COUNT}),
            "texts_by_label": listed(record({"label": TEXT, "texts": COUNT})),
            "lacking": {"type": "string", "description": "what a training would lack now; empty: nothing"},
            "dispensable": {**listed(TEXT), "description": "labels with too few texts, where a training could do without them"},
            "people": listed(record({"name": TEXT, "answers": COUNT, "unclear": COUNT})),
            "pairs": listed(record({"one": TEXT, "other": TEXT, "texts": COUNT, "kappa": or_null(NUMBER)})),
        }
    ),
    "TextsToLabel": record(
        {
            "texts": listed(record({"id": TEXT_ID, "text": TEXT})),
            "mine": listed(record({"id": TEXT_ID, "text": TEXT, "label": TEXT})),
            "answered": COUNT,
            "open": COUNT,
            "is_order_due": FLAG,
        }
    ),
    "LabelledText": record({"id": TEXT_ID, "label": TEXT, "at": TEXT}),
    "TextOrder": record({"ranked_by": COUNT, "left": COUNT}),
    "FinishedLabelling": record({"labelled": COUNT, "left_out": COUNT, "manifest": TEXT, "job_id": TEXT}),
}
