"""The HTTP API: one table of its operations. Routes, validation, the OpenAPI document and the tests are all made from it.

A new operation is a row here and a function of the same name in a module of lambda/answer_api.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from contract.api_schemas import CLASSIFIER, FRESH_VERSION, JOB_ID, KEY, MODEL_VERSION, PAGE, PAGE_SIZE, ROW
from contract.json_schema import Schema
from contract.labelling_schemas import JOB_NAME, TEXT_ID

OWNERS = "owners"  # the group of the user pool whose members may train and change which model is in use
MAX_REQUEST_BYTES = 4 * 1024**2  # of a body: what a serverless endpoint takes
RETRY_SECONDS = 15  # after which a caller may try again what is not there yet

PATH_PARAMETERS: Mapping[str, Schema] = {
    "classifier": CLASSIFIER,
    "job_id": JOB_ID,
    "version": MODEL_VERSION,
    "row": ROW,
    "labelling": JOB_NAME,
    "text": TEXT_ID,
}

EVERYWHERE = {
    400: "The request does not fit; the sentence says why.",
    401: "Nobody is signed in, or the token has expired.",
    403: "Whoever is signed in may not do this.",
    429: "Too many requests at once.",
    500: "A defect of the kit.",
    503: "Not now: try again after the seconds in Retry-After. Without that header, trying again does not help.",
}
REFUSALS = {
    404: "There is no such thing.",
    409: "It cannot be done now.",
    413: "It is too large.",
}


class Operation(NamedTuple):
    """One row of the table."""

    name: str
    method: str
    path: str
    summary: str
    answer: str  # the schema of the answer, by its name in contract.api_schemas.ANSWERS; empty: there is no body
    status: int = 200
    body: str = ""  # the schema of the request's body, by its name in contract.api_schemas.BODIES; empty: it has none
    query: Mapping[str, Schema] = {}
    refusals: tuple[int, ...] = ()  # statuses besides those of EVERYWHERE
    is_for_owners: bool = False

    @property
    def route_key(self) -> str:
        """As API Gateway names the route: `GET /jobs/{job_id}`."""
        return f"{self.method} {self.path}"

    @property
    def path_parameters(self) -> dict[str, Schema]:
        """The schemas of the parameters in the path."""
        names = [part[1:-1] for part in self.path.split("/") if part.startswith("{")]
        return {name: PATH_PARAMETERS[name] for name in names}


OPERATIONS = (
    Operation("openapi", "GET", "/openapi.json", "This document.", "Document"),
    Operation("list_classifiers", "GET", "/classifiers", "All classifiers, and who is signed in.", "Classifiers"),
    Operation(
        "classify",
        "POST",
        "/classifiers/{classifier}/classifications",
        "Classify some texts at once with the model behind the classifier's endpoint.",
        "Classifications",
        body="Texts",
        refusals=(404, 413),
    ),
    Operation(
        "create_upload",
        "POST",
        "/uploads",
        "A form with which one file of this size can be sent to where its arrival starts a job; a training, for owners only.",
        "Upload",
        status=201,
        body="File",
        refusals=(413,),
    ),
    Operation(
        "list_jobs",
        "GET",
        "/jobs",
        "Jobs, newest first; those of one object with 'key', and with 'version' the one of a fresh upload.",
        "Jobs",
        query={"limit": PAGE_SIZE, "before": PAGE, "key": KEY, "version": FRESH_VERSION},
    ),
    Operation("get_job", "GET", "/jobs/{job_id}", "A job with what came of it.", "JobInFull", refusals=(404,)),
    Operation("list_files", "GET", "/jobs/{job_id}/files", "What came of a job, to be fetched within minutes.", "Files", refusals=(404,)),
    Operation(
        "list_review_rows",
        "GET",
        "/jobs/{job_id}/review",
        "The rows of a job that a person should look at, the most valuable first.",
        "ReviewRows",
        refusals=(404, 409),
    ),
    Operation(
        "put_correction",
        "PUT",
        "/jobs/{job_id}/corrections/{row}",
        "Say what a row of the review list really is; the last word stands.",
        "Correction",
        body="RightLabel",
        refusals=(404, 409, 413),
    ),
    Operation(
        "delete_correction",
        "DELETE",
        "/jobs/{job_id}/corrections/{row}",
        "Take back what was said of a row.",
        "",
        status=204,
        refusals=(404, 409),
    ),
    Operation(
        "count_corrections",
        "GET",
        "/classifiers/{classifier}/corrections",
        "How many corrections there are.",
        "Corrections",
        refusals=(404,),
    ),
    Operation(
        "train_anew",
        "POST",
        "/classifiers/{classifier}/trainings",
        "Train on the current model's file once more, with all corrections.",
        "Training",
        status=202,
        refusals=(404, 409),
        is_for_owners=True,
    ),
    Operation(
        "list_models", "GET", "/classifiers/{classifier}/models", "The models of a classifier, newest first.", "Models", refusals=(404,)
    ),
    Operation(
        "get_model",
        "GET",
        "/classifiers/{classifier}/models/{version}",
        "A model with its evaluation and its report.",
        "ModelInFull",
        refusals=(404,),
    ),
    Operation(
        "promote",
        "POST",
        "/classifiers/{classifier}/models/{version}/promote",
        "Put a model in use.",
        "InUse",
        refusals=(404, 409),
        is_for_owners=True,
    ),
    Operation(
        "rollback",
        "POST",
        "/classifiers/{classifier}/rollback",
        "Put the model back in use that was in use before.",
        "InUse",
        refusals=(404, 409),
        is_for_owners=True,
    ),
    Operation(
        "list_unlabelled",
        "GET",
        "/classifiers/{classifier}/unlabelled",
        "The texts without a label that are kept for a classifier: files, and what was collected by days.",
        "Unlabelled",
        refusals=(404,),
    ),
    Operation(
        "create_unlabelled",
        "POST",
        "/classifiers/{classifier}/unlabelled",
        "A form with which one file of texts can be sent to be labelled.",
        "Upload",
        status=201,
        body="UnlabelledFile",
        refusals=(404, 413),
        is_for_owners=True,
    ),
    Operation("list_labelling_jobs", "GET", "/labelling", "All labelling jobs.", "LabellingJobs"),
    Operation(
        "create_labelling_job",
        "POST",
        "/labelling",
        "Ask people about texts; the job is there at once.",
        "LabellingJob",
        status=201,
        body="NewLabellingJob",
        refusals=(404, 409, 413),
        is_for_owners=True,
    ),
    Operation(
        "get_labelling_job",
        "GET",
        "/labelling/{classifier}/{labelling}",
        "A labelling job, how far it is, and for owners how far people agree.",
        "LabellingJobInFull",
        refusals=(404,),
    ),
    Operation(
        "delete_labelling_job",
        "DELETE",
        "/labelling/{classifier}/{labelling}",
        "Delete a labelling job with its texts and answers; what was trained on them stays.",
        "",
        status=204,
        refusals=(404,),
        is_for_owners=True,
    ),
    Operation(
        "next_texts",
        "POST",
        "/labelling/{classifier}/{labelling}/texts",
        "The next texts for whoever asks, who has them for some minutes, and his last answers.",
        "TextsToLabel",
        refusals=(404, 409),
    ),
    Operation(
        "put_answer",
        "PUT",
        "/labelling/{classifier}/{labelling}/answers/{text}",
        "Say what a text is, or that one cannot tell; one's last word stands.",
        "LabelledText",
        body="MyAnswer",
        refusals=(404, 409, 413),
    ),
    Operation(
        "delete_answer",
        "DELETE",
        "/labelling/{classifier}/{labelling}/answers/{text}",
        "Take back what one said of a text.",
        "",
        status=204,
        refusals=(404, 409),
    ),
    Operation(
        "order_texts",
        "POST",
        "/labelling/{classifier}/{labelling}/order",
        "Ask the model in use about texts that nobody has answered, so that the most instructive come first; some at each call.",
        "TextOrder",
        refusals=(404, 409),
    ),
    Operation(
        "finish_labelling_job",
        "POST",
        "/labelling/{classifier}/{labelling}/finish",
        "Take no more answers, find each text's label, and start a training with them.",
        "FinishedLabelling",
        body="EndOfLabelling",
        refusals=(404, 409),
        is_for_owners=True,
    ),
)

BY_ROUTE = {operation.route_key: operation for operation in OPERATIONS}
