"""Prediction before training, and which model is current."""

from __future__ import annotations

from local_kit import LocalKit, labelled_rows

from contract.records import Job


def test_a_file_dropped_before_any_model_waits_and_then_runs(local_kit: LocalKit) -> None:
    """Two files of a new classifier wait; one is deleted meanwhile; the first model runs the other and refuses that one."""
    bucket = local_kit.deployment.predict_bucket
    kept = local_kit.put(bucket, "classifiers/urgency/kept.csv", b"text\nthe oven smokes\n")
    gone = local_kit.put(bucket, "classifiers/urgency/gone.csv", b"text\nno hurry\n")
    assert "'urgency' has no model yet" in local_kit.wait(kept, "waiting").message
    local_kit.wait(gone, "waiting")
    local_kit.session.client("s3").delete_object(Bucket=bucket, Key="classifiers/urgency/gone.csv")
    trained = local_kit.wait(local_kit.put_training("classifiers/urgency/train.csv", labelled_rows(300)))
    assert trained.status == "done", trained.message
    done, refused = local_kit.wait(kept), local_kit.wait(gone)
    assert done.status == "done", done.message
    assert done.model_version == trained.model_version
    assert refused.status == "refused"
    assert "deleted" in refused.message


def test_a_damaged_model_fails_in_a_sentence_and_rollback_mends_it(local_kit: LocalKit, first_model: Job) -> None:
    """A corrupt artifact is named with its remedy; promote and rollback choose the model that the next file is classified by."""
    ledger = local_kit.ledger
    second = local_kit.add_model("tck-dev-damaged", b"not a tar")
    before = ledger.current("main")
    assert before is not None
    promoted = local_kit("promote", str(second.version))
    assert promoted.status == 0, promoted.errors
    current = ledger.current("main")
    assert current is not None
    assert current.version == second.version
    failed = local_kit.wait(local_kit.put(local_kit.deployment.predict_bucket, "damaged.csv", b"text\nfan rattles\n"))
    assert failed.status == "failed"
    assert "kit rollback" in failed.message or "kit promote" in failed.message
    assert local_kit("rollback").status == 0
    again = local_kit("retry", failed.job_id, "--wait", "--json")
    assert (again.json["status"], again.json["model_version"]) == ("done", before.version)
    mended = local_kit.wait(local_kit.put(local_kit.deployment.predict_bucket, "mended.csv", b"text\nfan rattles\n"))
    assert mended.status == "done", mended.message
    assert mended.model_version == before.version


def test_models_and_jobs_are_listed(local_kit: LocalKit, first_model: Job) -> None:
    """`kit models` and `kit jobs` list what the ledger holds, for people and for scripts."""
    models = local_kit("models", "--json").json
    assert first_model.model_version in {model["version"] for model in models}
    jobs = local_kit("jobs", "--limit", "1000", "--json").json
    assert first_model.job_id in {job["job_id"] for job in jobs}
    assert f"v{first_model.model_version}" in local_kit("models").output
