"""What differs between deployments."""

from __future__ import annotations

from dataclasses import fields

import pytest

from contract.errors import UserError
from stacks.knobs import knobs
from stacks.settings import GPU_FAMILIES, STAGES, Settings


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("accelerator", ["gpu", "cpu"])
def test_every_stage_is_within_its_own_bounds(stage: str, accelerator: str) -> None:
    """The values that the kit comes with are valid, on both accelerators."""
    assert Settings.of(stage, {"accelerator": accelerator}).stage == stage


def test_strings_of_the_command_line_become_typed_values() -> None:
    """`-c name=value` gives strings; every type is read from its string."""
    given = {
        "accelerator": "cpu",
        "prediction_max_vcpus": "16",
        "is_training_spot": "false",
        "prediction_cpu_instance_types": "c6i.xlarge, c6i.2xlarge",
        "text_column": "Claim text",
        "hyperparameters": '{"epochs": 3, "dropout": "0.1"}',
    }
    settings = Settings.of("dev", given)
    assert settings.prediction_max_vcpus == 16
    assert settings.is_training_spot is False
    assert settings.prediction_instance_types == ("c6i.xlarge", "c6i.2xlarge")
    assert settings.text_column == "Claim text"
    assert settings.hyperparameter_strings == {"epochs": "3", "dropout": "0.1"}


def test_an_unknown_name_is_refused_with_the_valid_ones() -> None:
    """A typing error does not pass in silence: the message has the nearest name and the list of all."""
    with pytest.raises(UserError) as caught:
        Settings.of("dev", {"acelerator": "cpu"})
    assert "'acelerator' is no setting (did you mean 'accelerator'?)" in str(caught.value)
    assert all(entry.name in str(caught.value) for entry in fields(Settings) if entry.name != "stage")


@pytest.mark.parametrize(
    ("given", "part"),
    [
        ({"prediction_max_vcpus": "many"}, "prediction_max_vcpus='many' is not a whole number"),
        ({"prediction_max_vcpus": "True"}, "is not a whole number"),
        ({"is_training_spot": "yes"}, "is_training_spot='yes' is not true or false"),
        ({"accelerator": "tpu"}, "accelerator=tpu (allowed: gpu, cpu)"),
        ({"prediction_max_vcpus": "0"}, "prediction_max_vcpus=0 (allowed: 4 to 256)"),
        ({"training_gpu_instance_type": "ml.p3.2xlarge"}, "training_gpu_instance_type=ml.p3.2xlarge (allowed: ml.g4dn.xlarge"),
        ({"prediction_gpu_instance_types": ""}, "prediction_gpu_instance_types= (allowed: g4dn.xlarge"),
        ({"notification_email": "nobody"}, "notification_email='nobody' (it should be an e-mail address)"),
        (
            {"collect_secret_arn": "tck-posts"},
            "(it should be the whole ARN of a secret, as arn:aws:secretsmanager:REGION:ACCOUNT:secret:",
        ),
        ({"mastodon_server": "mastodon.social"}, "(it should be the address of a server, such as https://"),
        ({"collect_hashtags": "refund"}, "collect_hashtags needs collect_sources, such as mastodon."),
        ({"hyperparameters": '{"engine": "blazingtxt"}'}, ": hyperparameters: engine=blazingtxt (allowed: kit, blazingtext, auto)."),
        ({"log_retention_days": "2"}, "log_retention_days=2 (allowed: 1, 3, 7"),
        ({"training_max_wait_minutes": "30"}, "training_max_wait_minutes is shorter than training_max_run_minutes"),
        ({"hyperparameters": "[]"}, "'[]' is no JSON object"),
        ({"hyperparameters": "{"}, "'{' is no JSON"),
        ({"hyperparameters": '{"epoch": 3}'}, "did you mean 'epochs'?"),
        ({"base_image": "debian; rm -rf /"}, "base_image="),
        ({"spacy_model": "de_core_news_md"}, "spacy_model=de_core_news_md (allowed: none, en_core_web_md)"),
        ({"prediction_max_object_gib": "100"}, "prediction_volume_gib=60 (a file of prediction_max_object_gib needs 330)"),
    ],
)
def test_a_bad_value_is_refused_with_what_is_allowed(given: dict[str, str], part: str) -> None:
    """Every bound is told to the person who overstepped it."""
    with pytest.raises(UserError) as caught:
        Settings.of("dev", given)
    assert part in str(caught.value)


def test_the_wait_for_spare_capacity_counts_only_with_it() -> None:
    """Without spot a training may be given more time than the wait, which then has no meaning."""
    assert Settings.of("dev", {"is_training_spot": "false", "training_max_run_minutes": "600"}).training_max_run_minutes == 600


def test_the_columns_are_part_of_what_a_training_is_told() -> None:
    """Settings of columns and hyperparameters reach a training together."""
    settings = Settings.of("dev", {"text_column": "said", "hyperparameters": '{"epochs": 3}'})
    assert settings.training_strings == {"text_column": "said", "epochs": "3"}


def test_every_violation_is_named_at_once() -> None:
    """Two mistakes take one attempt to find, not two."""
    with pytest.raises(UserError, match=r"accelerator=tpu .*; .*runnable_limit_minutes=1 "):
        Settings.of("dev", {"accelerator": "tpu", "runnable_limit_minutes": "1"})


def test_an_unknown_stage_is_refused() -> None:
    """There is no third stage by accident."""
    with pytest.raises(UserError, match=r"'test' is no stage\. There are dev and prod\."):
        Settings.of("test")


def test_gpu_instances_are_those_that_the_image_can_use() -> None:
    """Only families with machine code in the image and with drivers on the host can be chosen."""
    for name in ("training_gpu_instance_type", "prediction_gpu_instance_types"):
        (choices,) = (entry.metadata["choices"] for entry in fields(Settings) if entry.name == name)
        assert {choice.removeprefix("ml.").split(".")[0] for choice in choices} == set(GPU_FAMILIES) == {"g4dn", "g5"}


def test_every_setting_is_described_for_the_readme() -> None:
    """The table of knobs has a row for each field, with a meaning and both stages' values."""
    rows = list(knobs())
    assert [row.name for row in rows] == [entry.name for entry in fields(Settings)]
    assert all(row.meaning and row.type for row in rows)
    (protection,) = (row for row in rows if row.name == "is_termination_protected")
    assert (protection.dev, protection.prod) == ("false", "true")


def test_a_feed_without_a_name_is_told_its_form_and_nothing_else() -> None:
    """It is not two feeds of one name; two of them are."""
    with pytest.raises(UserError) as caught:
        Settings.of("dev", {"collect_sources": "rss", "collect_feeds": "https://a.example/rss,https://b.example/rss"})
    assert str(caught.value).count("it should be a feed as NAME=ADDRESS, such as") == 2
    assert "two feeds" not in str(caught.value)
    with pytest.raises(UserError, match="two feeds of one name"):
        Settings.of("dev", {"collect_sources": "rss", "collect_feeds": "a=https://a.example/rss,a=https://b.example/rss"})
