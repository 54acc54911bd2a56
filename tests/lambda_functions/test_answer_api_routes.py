"""answer_api: what each operation answers, by the ledger, the buckets and the endpoint."""

from __future__ import annotations

import base64
import io
import json
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import boto3
import pytest
from api_events import CLERK, ask
from botocore.exceptions import ReadTimeoutError
from deployed_functions import Deployed
from service_models import service_error

from contract.events import ObjectCreated
from contract.hosting import Live, LiveStatus
from contract.layout import evaluation_key, report_key
from contract.live_ledger import LiveLedger
from contract.records import Job, JobKind, JobStatus, make_job_id

CLASSIFY = "POST /classifiers/{classifier}/classifications"


def put_live(status: LiveStatus, version: int = 1, message: str = "") -> None:
    """What the ledger says of the endpoint."""
    record = Live(classifier="main", version=version, name="n", status=status, since="2026-11-22T10:00:00.000+00:00", message=message)
    LiveLedger(boto3.resource("dynamodb").Table("ledger")).put(record)


def endpoint_says(deployed: Deployed, *entries: dict[str, Any]) -> list[dict[str, Any]]:
    """Let the endpoint answer so; the list that its questions go to."""
    asked: list[dict[str, Any]] = []

    def answer(given: dict[str, Any]) -> dict[str, Any]:
        asked.append({**given, "Body": json.loads(given["Body"])})
        return {"Body": io.BytesIO(json.dumps(entries).encode())}

    deployed.services["InvokeEndpoint"] = answer
    return asked


def endpoint_fails(deployed: Deployed, error: Exception) -> None:
    """Let the endpoint not answer."""

    def answer(given: dict[str, Any]) -> dict[str, Any]:
        raise error

    deployed.services["InvokeEndpoint"] = answer


def a_job(deployed: Deployed, key: str, kind: JobKind = JobKind.PREDICT) -> Job:
    """A claimed job on a fresh object."""
    bucket = "train" if kind == JobKind.TRAIN else "predict"
    claimed = deployed.ledger.claim(Job.of_drop(kind, ObjectCreated.from_event(deployed.drop(bucket, key))))
    assert claimed
    return claimed


def a_result(deployed: Deployed, key: str) -> Job:
    """A prediction that is done, as far as its summary says; no row was rejected."""
    job = a_job(deployed, key)
    stem = key.removesuffix(".csv")
    version = deployed.s3.put_object(Bucket="results", Key=f"{key}/{stem}_results.csv", Body=b"text,predicted_label\r\n")["VersionId"]
    summary = {
        "input_version": job.object_version,
        "results": f"{stem}_results.csv",
        "results_version": version,
        "rejected": "",
        "rejected_version": "",
        "of a later kit": 1,
    }
    deployed.s3.put_object(Bucket="results", Key=f"{key}/summary.json", Body=json.dumps(summary).encode())
    done = deployed.ledger.move(job, JobStatus.DONE, results=f"s3://results/{key}/", rows_in=3, message="Done.")
    assert done
    return done


def test_texts_are_classified_by_the_endpoint(deployed: Deployed) -> None:
    """It is asked for labels, reasons and words; its answers and the version that gave them come back under their names."""
    put_live(LiveStatus.SERVING, version=3)
    asked = endpoint_says(
        deployed,
        {
            "label": ["leak", "noise"],
            "prob": [0.9, 0.1],
            "needs_review": True,
            "review_reason": "low confidence",
            "words": [["drips", 1.5], ["loud", -0.25]],
            "model_version": "v2",
        },
    )
    answer = ask(deployed, CLASSIFY, {"texts": ["It drips loudly"], "explain": True}, classifier="main")
    assert answer.status == 200
    (question,) = asked
    assert question["EndpointName"] == "tck-dev-main"
    assert question["Body"] == {"instances": ["It drips loudly"], "configuration": {"k": 2, "explain": True, "review": True}}
    assert answer.content == {
        "model_version": 2,
        "answers": [
            {
                "labels": [{"label": "leak", "confidence": 0.9}, {"label": "noise", "confidence": 0.1}],
                "needs_review": True,
                "review_reason": "low confidence",
                "words": [{"word": "drips", "weight": 1.5}, {"word": "loud", "weight": -0.25}],
            }
        ],
    }


@pytest.mark.parametrize(("status", "version"), [(LiveStatus.SERVING, 3), (LiveStatus.STARTING, 0)])
def test_an_engine_that_knows_labels_only_is_enough(deployed: Deployed, status: LiveStatus, version: int) -> None:
    """Real BlazingText says neither reasons nor words; the version is the ledger's, and unknown while another is on its way."""
    put_live(status, version=3)
    endpoint_says(deployed, {"label": ["leak"], "prob": [0.9]})
    answer = ask(deployed, CLASSIFY, {"texts": ["It drips"], "k": 1}, classifier="main").content
    assert answer["model_version"] == version
    assert answer["answers"] == [
        {"labels": [{"label": "leak", "confidence": 0.9}], "needs_review": False, "review_reason": "", "words": []}
    ]


@pytest.mark.parametrize(
    ("code", "seconds", "said"),
    [
        ("ThrottlingException", "2", "too much to do"),
        ("ServiceUnavailable", "15", "warming up"),
        ("ModelNotReadyException", "15", "warming up"),
        ("InternalFailure", "15", "warming up"),
    ],
)
def test_an_endpoint_that_cannot_now_is_asked_again_later(deployed: Deployed, code: str, seconds: str, said: str) -> None:
    """503 with the seconds after which to try again."""
    endpoint_fails(deployed, service_error(boto3.client("sagemaker-runtime"), code, "InvokeEndpoint"))
    answer = ask(deployed, CLASSIFY, {"texts": ["a"]}, classifier="main")
    assert (answer.status, answer.headers["Retry-After"]) == (503, seconds)
    assert said in answer.sentence


def test_an_endpoint_that_is_still_starting_its_container_is_waited_for(deployed: Deployed) -> None:
    """A serverless one answers nothing for so long; whoever asked tries again."""
    endpoint_fails(deployed, ReadTimeoutError(endpoint_url="https://runtime"))
    answer = ask(deployed, CLASSIFY, {"texts": ["a"]}, classifier="main")
    assert (answer.status, answer.headers["Retry-After"]) == (503, "15")


@pytest.mark.parametrize(
    ("status", "message", "expected", "said"),
    [
        (None, "", 503, "Model v1 is being put behind its endpoint"),
        (LiveStatus.STARTING, "", 503, "Model v1 is being put behind its endpoint"),
        (LiveStatus.FAILED, "Model v1 did not come up.", 503, "Model v1 did not come up."),
    ],
)
def test_why_there_is_no_endpoint_is_told(deployed: Deployed, status: LiveStatus | None, message: str, expected: int, said: str) -> None:
    """By the ledger: it is on its way, or it did not come up."""
    deployed.add_model(1)
    if status:
        put_live(status, message=message)
    endpoint_fails(deployed, service_error(boto3.client("sagemaker-runtime"), "ValidationError", "InvokeEndpoint"))
    answer = ask(deployed, CLASSIFY, {"texts": ["a"]}, classifier="main")
    assert (answer.status, said in answer.sentence, "Retry-After" in answer.headers) == (expected, True, True)


def test_a_classifier_without_a_model_is_not_waited_for(deployed: Deployed) -> None:
    """Trying again would not help; a training would."""
    endpoint_fails(deployed, service_error(boto3.client("sagemaker-runtime"), "ValidationError", "InvokeEndpoint"))
    answer = ask(deployed, CLASSIFY, {"texts": ["a"]}, classifier="urgency")
    assert (answer.status, "'urgency' has no model in use" in answer.sentence) == (404, True)


@pytest.mark.parametrize(("original", "expected"), [(400, 400), (413, 413), (422, 400), (500, 503)])
def test_what_the_model_refuses_is_told_in_its_words(deployed: Deployed, original: int, expected: int) -> None:
    """A text that it cannot read is the sender's matter; a container that broke down is started anew."""
    error = service_error(boto3.client("sagemaker-runtime"), "ModelError", "InvokeEndpoint")
    error.response |= {"OriginalStatusCode": original, "OriginalMessage": json.dumps({"error": "Text 1 is no text."})}  # type: ignore[attr-defined]
    endpoint_fails(deployed, error)
    answer = ask(deployed, CLASSIFY, {"texts": ["a"]}, classifier="main")
    assert answer.status == expected
    assert (answer.sentence == "Text 1 is no text.") == (expected != 503)


def test_an_upload_is_a_form_for_one_file(deployed: Deployed) -> None:
    """Its policy holds key, size to the byte and what travels with the file, and nothing that the sender may choose."""
    given = {"name": "märz/claims.csv", "bytes": 12345, "to": "predict", "classifier": "urgency", "text_column": "Übel", "explain": True}
    answer = ask(deployed, "POST /uploads", given, claims=CLERK)
    assert (answer.status, answer.content["key"]) == (201, "classifiers/urgency/märz/claims.csv")
    fields = answer.content["fields"]
    assert fields["x-amz-meta-explain"] == "yes"
    assert json.loads(fields["x-amz-meta-text-column"]) == "Übel"
    assert fields["x-amz-meta-text-column"].isascii()
    policy = json.loads(base64.b64decode(fields["policy"]))["conditions"]
    assert ["content-length-range", 12345, 12345] in policy
    assert {"key": "classifiers/urgency/märz/claims.csv"} in policy
    assert {"bucket": "predict"} in policy
    assert [condition for condition in policy if isinstance(condition, list) and condition[0] == "starts-with"] == []
    assert urlsplit(answer.content["url"]).netloc == "s3.eu-central-1.amazonaws.com"


def test_a_training_file_takes_its_text_column_along(deployed: Deployed) -> None:
    """As a hyperparameter, which is how a training knows it."""
    answer = ask(deployed, "POST /uploads", {"name": "a.csv", "bytes": 5, "to": "train", "text_column": "claim"}).content
    assert json.loads(answer["fields"]["x-amz-meta-hyperparameters"]) == {"text_column": "claim"}
    assert {"bucket": "train"} in json.loads(base64.b64decode(answer["fields"]["policy"]))["conditions"]


@pytest.mark.parametrize(
    ("to", "name", "said"),
    [
        ("train", "corrections/main/x.csv", "Nothing is trained on files in 'corrections/'"),
        ("train", "x.manifest", "is a manifest"),
        ("train", ".hidden.csv", "hidden file"),
        ("train", "march/", "names a folder"),
        ("predict", "_work/x.csv", "keeps for its own work"),
        ("predict", "claims.xlsx", "not a file that can be read"),
        ("predict", "classifiers/main/x.csv", "is the default classifier"),
        ("predict", "a" * 900 + ".csv", "too long"),
        ("train", "${filename}", "may not contain"),
        ("train", "x/${filename}.csv", "may not contain"),
    ],
)
def test_a_name_that_would_be_refused_later_is_refused_now(deployed: Deployed, to: str, name: str, said: str) -> None:
    """In the words of whoever would refuse it; and nobody gets a form that is good for any name."""
    answer = ask(deployed, "POST /uploads", {"name": name, "bytes": 5, "to": to})
    assert (answer.status, said in answer.sentence) == (400, True), answer


@pytest.mark.parametrize(("to", "size"), [("predict", 5 * 1024**3 + 1), ("train", 2 * 1000**3 + 1)])
def test_a_file_that_is_too_large_is_refused_now(deployed: Deployed, to: str, size: int) -> None:
    """By the limits of whoever would refuse it."""
    assert ask(deployed, "POST /uploads", {"name": "a.csv", "bytes": size, "to": to}).status == 413
    assert ask(deployed, "POST /uploads", {"name": "a.csv", "bytes": size - 1, "to": to}).status == 201


def test_jobs_come_page_by_page(deployed: Deployed) -> None:
    """Newest first, each once, and the last page says that it is."""
    made = [a_job(deployed, f"{number}.csv").job_id for number in range(5)]
    seen, before = [], ""
    for size in (2, 2, 1):
        page = ask(deployed, f"GET /jobs?limit=2{before}").content
        assert len(page["jobs"]) == size
        seen += [job["job_id"] for job in page["jobs"]]
        before = f"&before={page['next']}"
    assert seen == made[::-1]
    assert page["next"] == ""


def test_a_fresh_upload_is_found_by_its_version(deployed: Deployed) -> None:
    """The answer of S3 to the form names it; before the event arrives there is no job, and no error either."""
    job = a_job(deployed, "a.csv")
    a_job(deployed, "b.csv")
    found = ask(deployed, f"GET /jobs?key=a.csv&version={job.object_version}").content["jobs"]
    assert [entry["job_id"] for entry in found] == [job.job_id]
    assert ask(deployed, "GET /jobs?key=a.csv&version=not-yet").content == {"jobs": [], "next": ""}


def test_the_jobs_of_one_object(deployed: Deployed) -> None:
    """All of its versions, and of no other."""
    for key in ("a.csv", "b.csv", "a.csv", "c.csv"):
        a_job(deployed, key)
    found = ask(deployed, "GET /jobs?key=a.csv").content
    assert [entry["name"] for entry in found["jobs"]] == ["a.csv", "a.csv"]


def test_a_job_in_full_has_its_summary_as_it_stands(deployed: Deployed) -> None:
    """Also one of another version of the kit; a job that is not done has none."""
    done, waiting = a_result(deployed, "a.csv"), a_job(deployed, "b.csv")
    answer = ask(deployed, "GET /jobs/{job_id}", job_id=done.job_id).content
    assert (answer["status"], answer["is_final"], answer["rows"], answer["name"]) == ("done", True, 3, "a.csv")
    assert answer["summary"]["of a later kit"] == 1
    assert ask(deployed, "GET /jobs/{job_id}", job_id=waiting.job_id).content["summary"] is None


def test_an_unknown_job_is_not_found(deployed: Deployed) -> None:
    """With its name in the sentence."""
    job_id = make_job_id(JobKind.PREDICT, "predict", "x", "v")
    for route in ("GET /jobs/{job_id}", "GET /jobs/{job_id}/files"):
        answer = ask(deployed, route, job_id=job_id)
        assert (answer.status, job_id in answer.sentence) == (404, True)


def test_files_have_addresses_for_ten_minutes(deployed: Deployed) -> None:
    """Each saved under its name, the results in exactly the version that the summary is about."""
    job = a_result(deployed, "a.csv")
    files = ask(deployed, "GET /jobs/{job_id}/files", job_id=job.job_id).content["files"]
    assert [file["name"] for file in files] == ["a_results.csv", "summary.json"]
    query = parse_qs(urlsplit(files[0]["url"]).query)
    assert query["X-Amz-Expires"] == ["600"]
    assert query["response-content-disposition"] == ["attachment; filename*=UTF-8''a_results.csv"]
    assert query["versionId"] == [
        json.loads(deployed.s3.get_object(Bucket="results", Key="a.csv/summary.json")["Body"].read())["results_version"]
    ]
    assert files[0]["bytes"] == 22


def test_results_of_a_newer_file_are_not_given_out_as_an_older_jobs(deployed: Deployed) -> None:
    """They lie under the same name; the older job has none any more."""
    older = a_result(deployed, "a.csv")
    newer = a_result(deployed, "a.csv")
    assert ask(deployed, "GET /jobs/{job_id}/files", job_id=older.job_id).content == {"files": []}
    assert ask(deployed, "GET /jobs/{job_id}", job_id=older.job_id).content["summary"] is None
    assert len(ask(deployed, "GET /jobs/{job_id}/files", job_id=newer.job_id).content["files"]) == 2


def test_classifiers_with_what_answers_for_them(deployed: Deployed) -> None:
    """One with a model and an endpoint, one whose first training runs."""
    deployed.add_model(1)
    put_live(LiveStatus.SERVING, message="Model v1 answers now.")
    deployed.ledger.next_version("urgency")
    main, urgency = ask(deployed, "GET /classifiers").content["classifiers"]
    assert (main["name"], main["current"]["version"], main["live"]) == (
        "main",
        1,
        {"status": "serving", "message": "Model v1 answers now."},
    )
    assert urgency == {"name": "urgency", "labels": [], "current": None, "live": {"status": "none", "message": ""}}


def test_models_with_their_evaluation_and_report(deployed: Deployed) -> None:
    """Newest first, the one in use marked; the report is shown by an address of its own, where the training left one."""
    for version in (1, 2):
        deployed.add_model(version)
        training = f"tck-dev-train-earlier-{version}"
        deployed.s3.put_object(Bucket="models", Key=evaluation_key(training), Body=json.dumps({"version": version}).encode())
    deployed.s3.put_object(Bucket="models", Key=report_key("tck-dev-train-earlier-2"), Body=b"<html>")
    listed = ask(deployed, "GET /classifiers/{classifier}/models", classifier="main").content["models"]
    assert [(model["version"], model["is_current"]) for model in listed] == [(2, True), (1, False)]
    first, second = (
        ask(deployed, "GET /classifiers/{classifier}/models/{version}", classifier="main", version=version).content for version in (1, 2)
    )
    assert (first["evaluation"], first["report_url"]) == ({"version": 1}, "")
    assert unquote(urlsplit(second["report_url"]).path).endswith(report_key("tck-dev-train-earlier-2"))
    assert ask(deployed, "GET /classifiers/{classifier}/models/{version}", classifier="main", version=9).status == 404


def test_promotion_and_rollback_name_who_asked(deployed: Deployed) -> None:
    """As by `kit promote`: the ledger says who, and everybody is told by an event."""
    deployed.add_model(1)
    deployed.add_model(2)
    answer = ask(deployed, "POST /classifiers/{classifier}/models/{version}/promote", classifier="main", version=1)
    assert (answer.status, answer.content) == (200, {"version": 1})
    current = deployed.ledger.current("main")
    assert current
    assert (current.version, current.by) == (1, "olga@example.com")
    assert ask(deployed, "POST /classifiers/{classifier}/rollback", classifier="main").content == {"version": 2}
    sent = [json.loads(entry["Detail"])["version"] for request in deployed.requests("PutEvents") for entry in request["Entries"]]
    assert sent == [1, 2]


def test_what_cannot_be_promoted_or_rolled_back(deployed: Deployed, monkeypatch: pytest.MonkeyPatch) -> None:
    """A model that is not there, a past that is not there, and somebody who was quicker."""
    promote, rollback = "POST /classifiers/{classifier}/models/{version}/promote", "POST /classifiers/{classifier}/rollback"
    assert ask(deployed, promote, classifier="main", version=7).status == 404
    assert ask(deployed, rollback, classifier="main").status == 409
    deployed.add_model(1)
    seen = deployed.ledger.current("main")
    assert ask(deployed, rollback, classifier="main").status == 409
    deployed.add_model(2)
    deployed.add_model(3)
    monkeypatch.setattr("contract.ledger.Ledger.current", lambda self, classifier: seen)
    answer = ask(deployed, promote, classifier="main", version=2)
    assert (answer.status, "Look again" in answer.sentence) == (409, True)
