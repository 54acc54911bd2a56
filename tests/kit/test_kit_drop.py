"""`kit drop`: what is uploaded, and what is refused before it is."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from kit_account import Account, Answer

from contract.drop_metadata import text_column_of
from contract.records import JobKind
from kit import upload

Kit = Callable[..., Answer]


def test_drop_uploads_the_bytes_and_names_the_job(account: Account, kit: Kit, claims: Path) -> None:
    """Without --wait the file lies in its bucket and the job's id is that of exactly this version."""
    answer = kit("drop", claims, "--to", "predict", "--json")
    assert answer.status == 0
    assert account.s3.get_object(Bucket="the-predict", Key="claims (2).csv")["Body"].read() == claims.read_bytes()
    assert answer.json == {"job_id": account.claim_latest(JobKind.PREDICT, "claims (2).csv").job_id}


def test_drop_says_how_to_look_at_it(account: Account, kit: Kit, claims: Path) -> None:
    """A person is told the name in the bucket and the next command."""
    answer = kit("drop", claims, "--to", "train")
    assert answer.output.startswith("Dropped as 'claims (2).csv'. 'kit jobs train-claims-2-")


def test_another_name_and_another_classifier(account: Account, kit: Kit, claims: Path) -> None:
    """--as and --classifier decide the key by the contract's layout."""
    assert kit("drop", claims, "--to", "predict", "--classifier", "urgency", "--as", "march/à + b.csv").status == 0
    assert account.s3.head_object(Bucket="the-predict", Key="classifiers/urgency/march/à + b.csv")


def test_hyperparameters_travel_with_the_file(account: Account, kit: Kit, claims: Path) -> None:
    """-p becomes the object's metadata as the Lambda reads it."""
    assert kit("drop", claims, "--to", "train", "-p", "epochs=7", "-p", "num_epoch=7").status == 2
    assert kit("drop", claims, "--to", "train", "-p", "epochs=7", "-p", "dropout=0.3").status == 0
    metadata = account.s3.head_object(Bucket="the-train", Key="claims (2).csv")["Metadata"]
    assert json.loads(metadata["hyperparameters"]) == {"epochs": "7", "dropout": "0.3"}


def test_a_wish_for_explanations_travels_with_the_file(account: Account, kit: Kit, claims: Path) -> None:
    """--explain becomes the object's metadata as the container reads it."""
    assert kit("drop", claims, "--to", "predict", "--explain").status == 0
    assert account.s3.head_object(Bucket="the-predict", Key="claims (2).csv")["Metadata"] == {"explain": "yes"}


def test_an_error_rate_to_be_promised_travels_with_the_file(account: Account, kit: Kit, claims: Path) -> None:
    """--max-error becomes the object's metadata as the container reads it, however the number was written."""
    assert kit("drop", claims, "--to", "predict", "--max-error", "2.0%").status == 0
    assert account.s3.head_object(Bucket="the-predict", Key="claims (2).csv")["Metadata"] == {"max-error": "2"}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nowhere.csv", "--to", "train"], "There is no file 'nowhere.csv'"),
        ([".", "--to", "train"], "'.' is not a file"),
        (["FILE", "--to", "predict", "-p", "epochs=3"], "belong to a training"),
        (["FILE", "--to", "predict", "--label-column", "x"], "Only a training reads labels"),
        (["FILE", "--to", "train", "--text-column", "x", "-p", "text_column=y"], "'text_column' is given twice"),
        (["FILE", "--to", "train", "--explain"], "Only what is classified can be explained"),
        (["FILE", "--to", "train", "--max-error", "5"], "A promise is made about what is classified"),
        (["FILE", "--to", "predict", "--max-error", "4"], "Choose one of 0.5, 1, 2, 3, 5, 10 (per cent)"),
        (["FILE", "--to", "train", "-p", "epoch=3"], "did you mean 'epochs'?"),
        (["FILE", "--to", "train", "-p", "epochs"], "should look like -p name=value"),
        (["FILE", "--to", "train", "-p", "epochs=3", "-p", "epochs=4"], "given twice"),
        (["FILE", "--to", "train", "-p", "epochs=0"], "epochs=0 (allowed: 1 to 1000)"),
        (["FILE", "--to", "train", "--as", "unlabelled/x.csv"], "Nothing is trained on files in 'unlabelled/'"),
        (["FILE", "--to", "predict", "--as", "_work/x.csv"], "keeps for its own work"),
        (["FILE", "--to", "predict", "--as", "march/"], "names a folder"),
        (["FILE", "--to", "predict", "--classifier", "Urgency!"], "no name for a classifier"),
        (["FILE", "--to", "elsewhere"], "invalid choice"),
    ],
)
def test_bad_usage_is_a_sentence_and_uploads_nothing(account: Account, kit: Kit, claims: Path, arguments: list[str], words: str) -> None:
    """What could never start a job is said before anything is sent, with status 2."""
    answer = kit("drop", *(claims if argument == "FILE" else argument for argument in arguments))
    assert answer.status == 2
    assert words in answer.errors
    assert "Traceback" not in answer.errors
    for bucket in ("the-train", "the-predict"):
        assert account.s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 0


def test_a_large_file_goes_up_in_parts_whole(account: Account, kit: Kit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A multipart upload has the file's bytes, metadata and a version."""
    monkeypatch.setattr(upload, "PART_BYTES", 5 * 1024**2)  # S3's smallest part
    path = tmp_path / "large.csv"
    path.write_bytes(b"text,label\n" + b"0123456789,a\n" * 1_000_000)
    job_id = kit("drop", path, "--to", "train", "-p", "epochs=2", "--json").json["job_id"]
    stored = account.s3.get_object(Bucket="the-train", Key="large.csv")
    assert stored["Body"].read() == path.read_bytes()
    assert stored["Metadata"] == {"hyperparameters": '{"epochs": "2"}'}
    assert account.claim_latest(JobKind.TRAIN, "large.csv").job_id == job_id


def test_a_broken_multipart_upload_leaves_no_parts(account: Account, kit: Kit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When a part fails, the upload is aborted: its parts would cost money for ever."""
    monkeypatch.setattr(upload, "PART_BYTES", 5 * 1024**2)
    path = tmp_path / "large.csv"
    path.write_bytes(b"x" * (11 * 1024**2))

    def refuse(**_: object) -> None:
        raise OSError("the disk went away")

    s3 = account.s3
    monkeypatch.setattr(s3, "upload_part", refuse)
    with pytest.raises(OSError, match="the disk went away"):
        upload.upload(s3, path, "the-train", "large.csv", {})
    assert "Uploads" not in account.s3.list_multipart_uploads(Bucket="the-train")


def test_a_bucket_without_versions_is_refused(account: Account, kit: Kit, claims: Path) -> None:
    """Without a version id the job could not be known."""
    account.s3.put_bucket_versioning(Bucket="the-predict", VersioningConfiguration={"Status": "Suspended"})
    answer = kit("drop", claims, "--to", "predict")
    assert answer.status == 1
    assert "keeps no versions" in answer.errors


@pytest.mark.parametrize(("to", "most"), [(JobKind.PREDICT, 242), (JobKind.TRAIN, 243)])
def test_a_name_that_no_result_could_have_here_costs_no_job(
    account: Account, kit: Kit, claims: Path, tmp_path: Path, to: str, most: int
) -> None:
    """Names in S3 may be longer than those of files: without --out such a file is accepted, and with it refused before it is sent."""
    answer = kit("drop", claims, "--to", to, "--as", "a" * (most + 1) + ".csv", "--out", tmp_path / "out", "--timeout", 0)
    assert answer.status == 2
    assert "256 bytes, and 255 are allowed. Use a shorter file name, or fetch the results from the bucket without --out." in answer.errors
    assert not (tmp_path / "out").exists()
    assert kit("drop", claims, "--to", to, "--as", "a" * (most + 1) + ".csv").status == 0


def test_the_longest_name_is_fetched(account: Account, kit: Kit, claims: Path, tmp_path: Path) -> None:
    """What is written on the way has room where the results have."""
    account.then = [partial(account.classify, "a" * 242 + ".csv")]
    assert kit("drop", claims, "--to", "predict", "--as", "a" * 242 + ".csv", "--out", tmp_path / "out").status == 0
    assert len(list((tmp_path / "out").iterdir())) == 4


def test_a_name_that_no_training_could_read_is_refused(account: Account, kit: Kit, claims: Path) -> None:
    """SageMaker makes a file of it."""
    answer = kit("drop", claims, "--to", "train", "--as", "ä" * 126 + ".csv")
    assert answer.status == 2
    assert "256 bytes, and 255 are allowed" in answer.errors


def test_a_column_that_is_named_travels_with_the_file(account: Account, kit: Kit, tmp_path: Path) -> None:
    """In any script; a training has it among its hyperparameters, and its label's too, named in the same words."""
    file = tmp_path / "claims.csv"
    file.write_text("Übel\na\n", encoding="utf-8")
    assert kit("drop", file, "--to", "predict", "--text-column", "Übel").status == 0
    metadata = account.s3.head_object(Bucket=account.deployment.predict_bucket, Key="claims.csv")["Metadata"]
    assert text_column_of(metadata) == "Übel"
    assert kit("drop", file, "--to", "train", "--text-column", "Übel", "--label-column", "Art", "-p", "epochs=2").status == 0
    metadata = account.s3.head_object(Bucket=account.deployment.train_bucket, Key="claims.csv")["Metadata"]
    assert json.loads(metadata["hyperparameters"]) == {"epochs": "2", "text_column": "Übel", "label_column": "Art"}
