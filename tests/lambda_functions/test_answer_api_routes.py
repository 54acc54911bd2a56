"""answer_api: what each operation answers, by the ledger, the buckets and the endpoint."""

from __future__ import annotations

import base64
import json
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from api_events import CLERK, ask, put_live
from deployed_functions import Deployed

from contract.events import ObjectCreated
from contract.hosting import LiveStatus
from contract.layout import evaluation_key, report_key
from contract.records import Job, JobKind, JobStatus, make_job_id


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
    assert urlsplit(answer.content["url"]).netloc == "predict.s3.eu-central-1.amazonaws.com"


def test_a_training_file_takes_its_text_column_along(deployed: Deployed) -> None:
    """As a hyperparameter, which is how a training knows it."""
    answer = ask(deployed, "POST /uploads", {"name": "a.csv", "bytes": 5, "to": "train", "text_column": "claim"}).content
    assert json.loads(answer["fields"]["x-amz-meta-hyperparameters"]) == {"text_column": "claim"}
    assert {"bucket": "train"} in json.loads(base64.b64decode(answer["fields"]["policy"]))["conditions"]


def test_a_form_to_train_with_is_for_owners(deployed: Deployed) -> None:
    """A clerk is told whom to ask and what is possible, and gets the same file's form to classify it."""
    given = {"name": "a.csv", "bytes": 5}
    answer = ask(deployed, "POST /uploads", {**given, "to": "train"}, claims=CLERK)
    assert (answer.status, "Only owners may start trainings" in answer.sentence) == (403, True)
    assert ask(deployed, "POST /uploads", {**given, "to": "predict"}, claims=CLERK).status == 201


@pytest.mark.parametrize(
    ("to", "name", "said"),
    [
        ("train", "corrections/main/x.csv", "Nothing is trained on files in 'corrections/'"),
        ("predict", "x.manifest", "is a manifest"),
        ("train", "x.json", ".csv.gz, .tsv.gz, .manifest, .jsonl"),
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
    assert answer["observed"] == {"reviewed": 0, "wrong": 0, "answered": 0, "verdict": "none"}
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
