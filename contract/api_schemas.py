"""The bodies and parameters of the HTTP API as JSON Schema. Those of requests refer to nothing: each is validated as it stands."""

from __future__ import annotations

from collections.abc import Mapping

from contract.columns import MAX_CHARS as MAX_LABEL_CHARS
from contract.json_schema import COUNT, FLAG, NUMBER, TEXT, Schema, listed, or_null, record, ref
from contract.labelling_schemas import LABELLING_ANSWERS, LABELLING_BODIES, NAME_IN_WORDS
from contract.layout import CLASSIFIER_PATTERN, DEFAULT_CLASSIFIER, MAX_KEY_BYTES
from contract.live import MAX_CHARS
from contract.promise import MAX_ERRORS, Verdict
from contract.records import JobKind, JobStatus, ModelStatus
from contract.review_list import ReviewKind

MAX_TEXTS = 100
MAX_LABELS = 20

KEY: Schema = {"type": "string", "minLength": 1, "maxLength": MAX_KEY_BYTES, "description": "the object's key"}
CLASSIFIER: Schema = {"type": "string", "pattern": f"^(?:{CLASSIFIER_PATTERN.pattern})$", "description": NAME_IN_WORDS}
JOB_ID: Schema = {
    "type": "string",
    "pattern": f"^(?:{'|'.join(JobKind)})-[a-z0-9-]{{1,20}}-[0-9a-f]{{12}}$",
    "description": "a job's id, as the list of jobs has it",
}
MODEL_VERSION: Schema = {"type": "integer", "minimum": 1, "maximum": 99_999_999}
PAGE: Schema = {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,300}$", "description": "'next' of the page before"}
PAGE_SIZE: Schema = {"type": "integer", "minimum": 1, "maximum": 100, "default": 50}
ROW: Schema = {"type": "integer", "minimum": 1, "maximum": 10**12, "description": "of the results, from 1"}
FRESH_VERSION: Schema = {"type": "string", "minLength": 1, "maxLength": 1024, "description": "the object's version id; needs 'key'"}


BODIES: Mapping[str, Schema] = {
    "Texts": record(
        {
            "texts": listed({"type": "string", "maxLength": MAX_CHARS}, minItems=1, maxItems=MAX_TEXTS),
            "k": {"type": "integer", "minimum": 1, "maximum": MAX_LABELS, "default": 2},
            "explain": {"type": "boolean", "default": False},
        },
        optional=("k", "explain"),
        is_closed=True,
    ),
    "File": record(
        {
            "name": {"type": "string", "minLength": 1, "maxLength": MAX_KEY_BYTES},
            "bytes": {"type": "integer", "minimum": 1, "maximum": 2**53 - 1},
            "to": {"type": "string", "enum": [str(kind) for kind in JobKind]},
            "classifier": {**CLASSIFIER, "default": DEFAULT_CLASSIFIER},
            "text_column": {"type": "string", "maxLength": 200, "default": ""},
            "label_column": {"type": "string", "maxLength": 200, "default": ""},  # of a file to train on
            "explain": {"type": "boolean", "default": False},
            "max_error": {"type": "string", "enum": ["", *MAX_ERRORS], "default": "", "description": "per cent; empty: as deployed"},
        },
        optional=("classifier", "text_column", "label_column", "explain", "max_error"),
        is_closed=True,
    ),
    "RightLabel": record({"label": {"type": "string", "minLength": 1, "maxLength": MAX_LABEL_CHARS}}, is_closed=True),
    **LABELLING_BODIES,
}

_JOB: Mapping[str, Schema] = {
    "job_id": JOB_ID,
    "kind": {"type": "string", "enum": [str(kind) for kind in JobKind]},
    "classifier": TEXT,
    "name": TEXT,
    "object_version": TEXT,
    "bytes": COUNT,
    "status": {"type": "string", "enum": [str(status) for status in JobStatus]},
    "is_final": FLAG,
    "is_anew": FLAG,
    "answers": COUNT,
    "message": TEXT,
    "details": TEXT,
    "created_at": TEXT,
    "updated_at": TEXT,
    "rows": COUNT,
    "rows_rejected": COUNT,
    "rows_to_review": COUNT,
    "model_version": COUNT,
    "seconds": NUMBER,
    "cost_usd": NUMBER,
}
_MODEL: Mapping[str, Schema] = {
    "version": MODEL_VERSION,
    "status": {"type": "string", "enum": [str(status) for status in ModelStatus]},
    "message": TEXT,
    "created_at": TEXT,
    "job_id": TEXT,
    "training_object": TEXT,
    "training_object_version": TEXT,
    "accuracy": NUMBER,
    "macro_f1": NUMBER,
    "champion_version": COUNT,
    "champion_accuracy": NUMBER,
    "held_out_rows": COUNT,
    "labels": listed(TEXT),
    "is_current": FLAG,
}

ANSWERS: Mapping[str, Schema] = {
    "Error": record({"error": TEXT}),
    "Document": {"type": "object"},
    "Classifiers": record(
        {
            "classifiers": listed(
                record(
                    {
                        "name": TEXT,
                        "labels": listed(TEXT),
                        "current": or_null(record({"version": MODEL_VERSION, "since": TEXT, "by": TEXT, "before": or_null(MODEL_VERSION)})),
                        "live": record({"status": {"type": "string", "enum": ["none", "starting", "serving", "failed"]}, "message": TEXT}),
                    }
                )
            ),
            "user": record({"name": TEXT, "is_owner": FLAG}),
        }
    ),
    "Classifications": record(
        {
            "model_version": COUNT,
            "answers": listed(
                record(
                    {
                        "labels": listed(record({"label": TEXT, "confidence": NUMBER})),
                        "needs_review": FLAG,
                        "review_reason": TEXT,
                        "words": listed(record({"word": TEXT, "weight": NUMBER})),
                    }
                )
            ),
        }
    ),
    "Upload": record({"url": TEXT, "fields": {"type": "object", "additionalProperties": TEXT}, "key": TEXT}),
    "Job": record(_JOB),
    "Jobs": record({"jobs": listed(ref("Job")), "next": TEXT}),
    "JobInFull": record(
        {
            **_JOB,
            "summary": or_null({"type": "object"}),
            "observed": or_null(
                record(
                    {
                        "reviewed": COUNT,
                        "wrong": COUNT,
                        "answered": COUNT,
                        "verdict": {"type": "string", "enum": [str(one) for one in Verdict]},
                    }
                )
            ),
        }
    ),
    "Files": record({"files": listed(record({"name": TEXT, "bytes": COUNT, "url": TEXT}))}),
    "ReviewRows": record(
        {
            "rows": listed(
                record(
                    {
                        "row": ROW,
                        "text": TEXT,
                        "predicted_label": TEXT,
                        "confidence": NUMBER,
                        "second_label": TEXT,
                        "second_confidence": NUMBER,
                        "review_reason": TEXT,
                        "kind": {"type": "string", "enum": [str(kind) for kind in ReviewKind]},
                        "own_label": TEXT,
                        "value": NUMBER,
                        "others": listed(listed(TEXT)),
                        "correction": or_null(record({"label": TEXT, "by": TEXT, "at": TEXT})),
                    }
                )
            ),
            "labels": listed(TEXT),
            "more": COUNT,
        }
    ),
    "Correction": record(
        {"row": ROW, "label": TEXT, "by": TEXT, "at": TEXT, "replaced": or_null(record({"label": TEXT, "by": TEXT, "at": TEXT}))}
    ),
    "Corrections": record({"total": COUNT, "since_training": COUNT, "retrain_after": COUNT}),
    "Training": record({"job_id": JOB_ID}),
    "Model": record(_MODEL),
    "Models": record({"models": listed(ref("Model"))}),
    "ModelInFull": record({**_MODEL, "evaluation": or_null({"type": "object"}), "report_url": TEXT}),
    "InUse": record({"version": MODEL_VERSION}),
    **LABELLING_ANSWERS,
}
