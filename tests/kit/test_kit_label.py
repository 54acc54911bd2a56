"""`kit label`: Ground Truth's own service model judges what it is asked, and answers as it would."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from botocore.session import Session
from botocore.stub import Stubber
from kit_account import REGION, VALUES, Account, Answer

from contract.deployment import TrainingSurroundings
from contract.manifest import ManifestReader, open_manifest
from contract.manifest_writing import ManifestWriter
from contract.records import JobKind, make_job_id
from kit.label_texts import UNREADABLE

Kit = Callable[..., Answer]
ROLE = VALUES["labeling_role_arn"]
TEAM = f"arn:aws:sagemaker:{REGION}:123456789012:workteam/private-crowd/claims"
JOB = "tck-dev-label-main-march"
PLACE = "labelling/main/march.ground-truth"
WHEN = datetime(2026, 11, 22, 10, tzinfo=UTC)


@pytest.fixture
def sagemaker(account: Account, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stubber]:
    """Ground Truth answers as the test says, and is asked for nothing else."""
    client = account.session.client("sagemaker")
    makes = account.session.client
    monkeypatch.setattr(account.session, "client", lambda service, *others, **more: client if service == "sagemaker" else makes(service))
    with Stubber(client) as stub:
        yield stub
        stub.assert_no_pending_responses()


def expected(**changes: Any) -> dict[str, Any]:
    """The request for the job of these tests."""
    request = {
        "LabelingJobName": JOB,
        "LabelAttributeName": "main",
        "InputConfig": {"DataSource": {"S3DataSource": {"ManifestS3Uri": f"s3://the-train/{PLACE}/input.manifest"}}},
        "OutputConfig": {"S3OutputPath": f"s3://the-train/{PLACE}/output/"},
        "RoleArn": ROLE,
        "LabelCategoryConfigS3Uri": f"s3://the-train/{PLACE}/categories.json",
        "HumanTaskConfig": {
            "WorkteamArn": TEAM,
            "UiConfig": {"UiTemplateS3Uri": f"s3://the-train/{PLACE}/template.liquid"},
            "PreHumanTaskLambdaArn": f"arn:aws:lambda:{REGION}:568282634449:function:PRE-TextMultiClass",
            "TaskTitle": "Which category fits this text?",
            "TaskDescription": "Read the text and choose the one category that fits it best.",
            "NumberOfHumanWorkersPerDataObject": 3,
            "TaskTimeLimitInSeconds": 600,
            "TaskAvailabilityLifetimeInSeconds": 864000,
            "AnnotationConsolidationConfig": {
                "AnnotationConsolidationLambdaArn": f"arn:aws:lambda:{REGION}:568282634449:function:ACS-TextMultiClass"
            },
        },
        "Tags": [
            {"Key": "product", "Value": "text-classification-kit"},
            {"Key": "stage", "Value": "dev"},
            {"Key": "classifier", "Value": "main"},
        ],
    }
    return request | changes


def described(status: str, **changes: Any) -> dict[str, Any]:
    """What DescribeLabelingJob answers."""
    request = expected()
    answer = {name: request[name] for name in ("LabelingJobName", "LabelAttributeName", "InputConfig", "OutputConfig", "RoleArn")}
    return answer | {
        "LabelingJobStatus": status,
        "LabelCounters": {"TotalLabeled": 18, "HumanLabeled": 18, "MachineLabeled": 0, "FailedNonRetryableError": 2, "Unlabeled": 80},
        "CreationTime": WHEN,
        "LastModifiedTime": WHEN,
        "JobReferenceCode": "code",
        "LabelingJobArn": f"arn:aws:sagemaker:{REGION}:123456789012:labeling-job/{JOB}",
        "HumanTaskConfig": request["HumanTaskConfig"],
        **changes,
    }


NOTHING_LABELLED = {
    "LabelCounters": {"TotalLabeled": 0, "Unlabeled": 3},
    "LabelingJobOutput": {"OutputDatasetS3Uri": f"s3://the-train/{PLACE}/output/{JOB}/manifests/output/output.manifest"},
}


def body(account: Account, key: str) -> bytes:
    """An object of the train bucket."""
    content: bytes = account.s3.get_object(Bucket="the-train", Key=key)["Body"].read()
    return content


def start(kit: Kit, *arguments: str) -> Answer:
    """Start the job of these tests."""
    return kit("label", "start", "--name", "march", "--labels", "leak, noise", "--workteam", TEAM, *arguments)


def test_a_job_is_asked_for_with_all_its_files(account: Account, sagemaker: Stubber, kit: Kit, tmp_path: Path) -> None:
    """The request is one that the service model takes; the manifest has each text once, and the labels and the page are beside it."""
    file = tmp_path / "claims.csv"
    file.write_text('text\n"It leaks, ""badly"""\nit  LEAKS\nit leaks\n" "\nTom &amp; Jerry\n', encoding="utf-8")
    arn = f"arn:aws:sagemaker:{REGION}:123456789012:labeling-job/{JOB}"
    sagemaker.add_client_error("describe_labeling_job", "ResourceNotFound", http_status_code=400)
    sagemaker.add_response("create_labeling_job", {"LabelingJobArn": arn}, expected())
    answer = start(kit, str(file), "--hint", "Leaks of <oil> {{ task }} count, too.")
    assert (answer.status, answer.errors) == (0, "")
    assert "3 texts wait for 3 answers each. Left out: 1 row (the text of another row). Left out: 1 row (no text)." in answer.output
    assert "'kit label status --name march' shows" in answer.output
    lines = [json.loads(line) for line in body(account, f"{PLACE}/input.manifest").splitlines()]
    assert lines == [{"source": 'It leaks, "badly"'}, {"source": "it  LEAKS"}, {"source": "Tom &amp;amp; Jerry"}]
    categories = json.loads(body(account, f"{PLACE}/categories.json"))
    assert categories == {"document-version": "2018-11-28", "labels": [{"label": "leak"}, {"label": "noise"}]}
    template = body(account, f"{PLACE}/template.liquid").decode()
    assert 'categories="{{ task.input.labels | to_json | escape }}"' in template
    assert "{{ task.input.taskObject }}" in template
    assert "<p>Leaks of &lt;oil&gt; &#123;&#123; task }} count, too.</p>" in template


def test_a_job_in_a_deployment_with_a_key_encrypts_with_it(
    account: Account, sagemaker: Stubber, kit: Kit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The key is the one with which the deployment's trainings encrypt."""
    key = f"arn:aws:kms:{REGION}:123456789012:key/1"
    deployment = replace(account.deployment, training_surroundings=TrainingSurroundings(output_key_arn=key).to_json())
    monkeypatch.setattr("kit.deployment.Deployment.from_outputs", lambda outputs: deployment)
    (tmp_path / "claims.csv").write_text("text\nIt leaks\n", encoding="utf-8")
    request = expected()
    request["OutputConfig"]["KmsKeyId"] = key
    arn = f"arn:aws:sagemaker:{REGION}:123456789012:labeling-job/{JOB}"
    sagemaker.add_client_error("describe_labeling_job", "ResourceNotFound", http_status_code=400)
    sagemaker.add_response("create_labeling_job", {"LabelingJobArn": arn}, request)
    assert start(kit, str(tmp_path / "claims.csv")).status == 0


def test_what_was_collected_is_asked_about(account: Account, sagemaker: Stubber, kit: Kit) -> None:
    """Posts and files of either kind below the classifier's prefix, in the order of their keys, and no more than wanted; no other file."""
    for key, content in {
        "unlabelled/main/2026/11/22/mastodon-refund-00000000.jsonl": b'{"source": "one", "id": "m:1"}\n{\n{"source": "two", "id": "m:2"}\n',
        "unlabelled/main/README.md": b"Whose these are",
        "unlabelled/main/mine.csv": b"text\nthree\nfour\n",
        "unlabelled/tone/2026/11/22/a.jsonl": b'{"source": "of another classifier"}\n',
        "unlabelled/main/folder/": b"",
    }.items():
        account.s3.put_object(Bucket="the-train", Key=key, Body=content)
    sagemaker.add_client_error("describe_labeling_job", "ResourceNotFound", http_status_code=400)
    sagemaker.add_response(
        "create_labeling_job", {"LabelingJobArn": f"arn:aws:sagemaker:{REGION}:123456789012:labeling-job/{JOB}"}, expected()
    )
    answer = start(kit, "--collected", "--most", "3", "--json").json
    assert answer == {"labelling_job": JOB, "texts": 3, "left_out": {UNREADABLE: 1}}
    lines = [json.loads(line)["source"] for line in body(account, f"{PLACE}/input.manifest").splitlines()]
    assert lines == ["one", "two", "three"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "Name a file with texts, or give --collected"),
        (["--collected"], "no file of texts below 'unlabelled/main/'"),
        (["missing.csv"], "There is no file 'missing.csv'"),
        (["--collected", "--most", "100001"], "1 to 100,000 texts"),
        (["--collected", "--workers", "10"], "10 people for each text"),
        (["--collected", "--labels", "one"], "1 labels were given"),
        (["--collected", "--labels", "one,one"], "different ones"),
        (["--collected", "--labels", "a," + "b" * 201], "is no label"),
        (["--collected", "--name", "March"], "no name for a labelling job"),
        (["--collected", "--workteam", TEAM.replace("private-crowd", "public-crowd")], "no private work team"),
        (["--collected", "--workteam", TEAM.replace(REGION, "us-gov-east-1")], "is not of the region"),
        (["--collected", "--classifier", "c" * 31, "--name", "n" * 30], "at most 63 characters"),
        (["--collected", "--classifier", "orders-ref"], "no annotation of the name 'orders-ref'"),
        (["--collected", "--classifier", "orders-metadata"], "no annotation of the name 'orders-metadata'"),
        (["--collected", "--classifier", "source"], "no annotation of the name 'source'"),
        (["--collected", "--local"], "No local cloud is running"),
    ],
)
def test_what_cannot_be_asked_for_is_refused_before_anything_is_sent(
    account: Account, sagemaker: Stubber, kit: Kit, arguments: list[str], sentence: str
) -> None:
    """In a sentence, and nothing is left in the bucket."""
    answer = start(kit, *arguments)
    assert (answer.status, sentence in answer.errors) == (2, True), answer.errors
    assert "Contents" not in account.s3.list_objects_v2(Bucket="the-train", Prefix="labelling/")


def test_a_deployment_without_the_role_says_how_to_get_it(account: Account, kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the setting, or another role by name."""
    monkeypatch.setattr("kit.deployment.Deployment.from_outputs", lambda outputs: replace(account.deployment, labeling_role_arn=""))
    answer = start(kit, "--collected")
    assert (answer.status, "has_ground_truth=true" in answer.errors) == (2, True)


def test_a_name_that_is_taken_is_told(account: Account, sagemaker: Stubber, kit: Kit, tmp_path: Path) -> None:
    """Ground Truth knows names once in an account and region; the files of the job that has it stay as they are."""
    (tmp_path / "a.csv").write_text("text\nIt leaks\n")
    sagemaker.add_response("describe_labeling_job", described("InProgress"), {"LabelingJobName": JOB})
    answer = start(kit, str(tmp_path / "a.csv"))
    assert (answer.status, f"a labelling job '{JOB}' already" in answer.errors) == (2, True)
    assert "Contents" not in account.s3.list_objects_v2(Bucket="the-train", Prefix="labelling/")


def test_a_name_that_is_taken_meanwhile_is_told(account: Account, sagemaker: Stubber, kit: Kit, tmp_path: Path) -> None:
    """By a second command at the same time."""
    (tmp_path / "a.csv").write_text("text\nIt leaks\n")
    sagemaker.add_client_error("describe_labeling_job", "ResourceNotFound", http_status_code=400)
    sagemaker.add_client_error("create_labeling_job", "ResourceInUse", "taken", 400)
    answer = start(kit, str(tmp_path / "a.csv"))
    assert (answer.status, f"a labelling job '{JOB}' already" in answer.errors) == (2, True)


@pytest.mark.parametrize(
    ("status", "sentence", "code"),
    [
        ("Initializing", "is being prepared", 0),
        ("InProgress", "People are at work: 18 texts have a label, 80 wait; 2 could not be labelled.", 0),
        ("Completed", "The job is done: 18 texts have a label; 2 could not be labelled.", 0),
        ("Stopping", "is being stopped: 18 texts have a label", 0),
        ("Stopped", "was stopped: 18 texts have a label, 80 have none", 0),
        ("Failed", "The job failed: ClientError: no team of that name", 1),
    ],
)
def test_each_state_has_its_sentence(sagemaker: Stubber, kit: Kit, status: str, sentence: str, code: int) -> None:
    """A job that failed says why, and fails a script."""
    reason = {"FailureReason": "ClientError: no team of that name"} if status == "Failed" else {}
    sagemaker.add_response("describe_labeling_job", described(status, **reason), {"LabelingJobName": JOB})
    answer = kit("label", "status", "--name", "march")
    assert (answer.status, sentence in answer.output) == (code, True), answer.output
    assert ("'kit label import --name march' trains" in answer.output) == (status in ("Completed", "Stopped"))


def test_every_state_of_the_service_model_is_tested() -> None:
    """A state that AWS adds is noticed when botocore is brought up to date."""
    states = Session().get_service_model("sagemaker").shape_for("LabelingJobStatus").enum
    assert set(states) == {"Initializing", "InProgress", "Completed", "Failed", "Stopping", "Stopped"}


def test_the_output_is_dropped_to_be_trained_on(account: Account, sagemaker: Stubber, kit: Kit, tmp_path: Path) -> None:
    """Under the name that the agreement gives it, its annotation named beside it, and the job is told by which it trains."""
    content = ManifestWriter("main", ["leak"], JOB).line("It leaks", "leak", 0.9, "2026-11-22T10:00:00")
    key = f"{PLACE}/output/{JOB}/manifests/output/output.manifest"
    account.s3.put_object(Bucket="the-train", Key=key, Body=content)
    done = described("Completed", LabelingJobOutput={"OutputDatasetS3Uri": f"s3://the-train/{key}"})
    sagemaker.add_response("describe_labeling_job", done, {"LabelingJobName": JOB})
    answer = kit("label", "import", "--name", "march", "--json").json
    head = account.s3.head_object(Bucket="the-train", Key="labelled/march.ground-truth.manifest")
    assert answer["job_id"] == make_job_id(JobKind.TRAIN, "the-train", "labelled/march.ground-truth.manifest", head["VersionId"])
    assert json.loads(head["Metadata"]["hyperparameters"]) == {"label_column": "main"}
    (tmp_path / "march.manifest").write_bytes(body(account, "labelled/march.ground-truth.manifest"))
    with open_manifest(tmp_path / "march.manifest") as stream:
        assert [line[1:] for line in ManifestReader(stream, "march.manifest", "main")] == [("It leaks", "leak", 0.9)]


@pytest.mark.parametrize(
    ("description", "sentence"),
    [
        (described("InProgress"), "nothing to import yet. People are at work"),
        (described("Stopped", **NOTHING_LABELLED), "nothing to import. The job was stopped: 0 texts have a label, 3 have none"),
        (described("Failed", FailureReason="ClientError: x"), "The job failed: ClientError: x"),
        (described("Completed", LabelingJobOutput={"OutputDatasetS3Uri": "s3://other/output.manifest"}), "Drop that file by hand"),
        (described("Completed", LabelingJobOutput={"OutputDatasetS3Uri": "s3://the-train/labelled/x.manifest"}), "Drop that file by hand"),
    ],
)
def test_what_is_no_output_of_this_deployment_is_not_imported(
    account: Account, sagemaker: Stubber, kit: Kit, description: dict[str, Any], sentence: str
) -> None:
    """Nothing is dropped, and the sentence says why."""
    sagemaker.add_response("describe_labeling_job", description, {"LabelingJobName": JOB})
    answer = kit("label", "import", "--name", "march")
    assert (answer.status, sentence in answer.errors) == (2, True), answer.errors
    assert "Contents" not in account.s3.list_objects_v2(Bucket="the-train", Prefix="labelled/")


def test_a_job_that_is_not_there_is_told(sagemaker: Stubber, kit: Kit) -> None:
    """With the command that starts one."""
    sagemaker.add_client_error("describe_labeling_job", "ResourceNotFound", "none", 400)
    answer = kit("label", "status", "--name", "march")
    assert (answer.status, "'kit label start' starts one" in answer.errors) == (2, True)
