"""Manifests: what a labelling job leaves becomes a model, and the model classifies a table."""

from __future__ import annotations

import csv
import io
import json

from local_kit import SAMPLES, LocalKit

from contract.evaluations import Evaluation
from contract.layout import evaluation_key, parse_s3_uri

ROWS = 500  # enough for all ten labels, and quick


def _seeds_shape() -> bytes:
    """The labelled sample as Ground Truth writes it: a cloned job's name, one worker's 0.0, entities, and annotations that failed."""
    lines = []
    with (SAMPLES / "warranty_train.csv").open(encoding="utf-8-sig", newline="") as file:
        for number, row in enumerate(csv.DictReader(file)):
            if number == ROWS:
                break
            text, label = row["claim"], row["category"]
            annotation = {
                "confidence": [0.0, 0.62, 0.92][number % 3],
                "job-name": "labeling-job/warranty-clone",
                "class-name": label,
                "human-annotated": "yes",
                "creation-date": "2019-01-08T18:53:17.309395",
                "type": "groundtruth/text-classification",
            }
            source = text.replace("&", "&amp;").replace("'", "&#39;")
            lines.append({"source": source, "warranty-clone": number, "warranty-clone-metadata": annotation})
    failed = {"source": "Nobody answered", "warranty-clone-metadata": {"retry-count": 3, "failure-reason": "ClientError: expired"}}
    return b"\xef\xbb\xbf" + "\r\n".join(json.dumps(line) for line in [*lines, failed, failed]).encode() + b"\r\n{torn"


def test_a_manifest_goes_from_bucket_to_model_to_prediction(local_kit: LocalKit) -> None:
    """A classifier that has seen no CSV answers one, and job and evaluation say what of the manifest was left out."""
    training = local_kit.wait(local_kit.put_training("classifiers/warranty/labelled/march.manifest", _seeds_shape()))
    assert training.status == "done", training.message
    model = local_kit.ledger.model("warranty", training.model_version)
    assert model.accuracy > 0.5
    for sentence in ("Left out: 2 rows (failed annotation).", "Left out: 1 row (unreadable row)."):
        assert sentence in training.details
    key = evaluation_key(training.platform_id)
    evaluation = Evaluation.from_json(local_kit.s3.get_object(Bucket=local_kit.deployment.models_bucket, Key=key)["Body"].read())
    assert evaluation.dropped["failed annotation"] == 2

    table = b"text\nthe pump leaks\nit makes a loud noise\n"
    job = local_kit.wait(local_kit.put(local_kit.deployment.predict_bucket, "classifiers/warranty/claims.csv", table))
    assert job.status == "done", job.message
    bucket, prefix = parse_s3_uri(job.results)
    body = local_kit.s3.get_object(Bucket=bucket, Key=f"{prefix}claims_results.csv")["Body"].read().decode("utf-8-sig")
    assert [row["predicted_label"] in model.labels for row in csv.DictReader(io.StringIO(body, newline=""))] == [True, True]


def test_a_manifest_of_several_jobs_is_refused_with_the_names(local_kit: LocalKit) -> None:
    """The container's sentence names them, and the remedy."""
    line = b'{"source": "It leaks", "kind-metadata": {"class-name": "leak"}, "mood-metadata": {"class-name": "sad"}}\n'
    job = local_kit.wait(local_kit.put_training("both.manifest", line * 3))
    assert job.status == "refused"
    assert "'kind', 'mood'" in job.message
    assert "--label-column" in job.message
