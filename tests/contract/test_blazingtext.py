"""What the kit tells BlazingText, and how it reads what BlazingText says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import sagemaker.core
from hypothesis import given
from hypothesis import strategies as st

from contract.blazingtext import (
    ACCOUNTS,
    REPOSITORY,
    VERSION,
    Prepared,
    decode_label,
    decode_word,
    encode_label,
    encode_word,
    image_of,
    line,
)
from contract.deployment import Run, TrainingStep, run_of, run_time_name, training_step_name, training_step_of
from contract.engines import Engine
from contract.errors import UserError
from contract.hyperparameters import Hyperparameters
from contract.records import JobKind, make_job_id

SDK_FILE = Path(sagemaker.core.__path__[0]) / "image_uri_config" / "blazingtext.json"


def test_the_images_are_those_of_the_sdk() -> None:
    """The accounts of all regions that the kit can be deployed to are the SDK's, and so are name and version."""
    (version,) = json.loads(SDK_FILE.read_text())["versions"].items()
    theirs = {region: account for region, account in version[1]["registries"].items() if not region.startswith("us-iso")}
    assert theirs == ACCOUNTS
    assert (version[0], version[1]["repository"]) == (VERSION, REPOSITORY)


def test_an_image_has_the_address_of_its_region() -> None:
    """China has a domain of its own, and a region without BlazingText is refused in a sentence."""
    assert image_of("us-east-1") == "811284229777.dkr.ecr.us-east-1.amazonaws.com/blazingtext:1"
    assert image_of("cn-north-1") == "390948362332.dkr.ecr.cn-north-1.amazonaws.com.cn/blazingtext:1"
    with pytest.raises(UserError, match="no BlazingText in the region eu-nowhere-1"):
        image_of("eu-nowhere-1")


@given(st.text(st.characters(), min_size=1))
def test_a_label_comes_back_as_it_was(label: str) -> None:
    """Whatever a label holds (spaces, line breaks, lone surrogates), it is one word of a line, and is read back."""
    token = encode_label(label)
    assert token.startswith("__label__")
    assert token.isascii()
    assert len(token.split()) == 1
    assert decode_label(token) == label


@given(st.text(st.sampled_from("_</s>label x"), min_size=1).filter(lambda word: " " not in word))
def test_a_word_is_neither_a_label_nor_the_end_of_a_line(word: str) -> None:
    """fastText takes some words for more than they are: these are written otherwise, and read back."""
    token = encode_word(word)
    assert token not in ("</s>",)
    assert not token.startswith("__label__")
    assert decode_word(token) == word


def test_a_line_has_its_label_first() -> None:
    """The form that BlazingText reads."""
    assert line(["it", "leaks", "__label__x"], "late delivery") == "__label__late%20delivery it leaks ___label__x"
    assert len(line(["oil\0leak"], "x").replace("\0", " ").split()) == 2  # fastText ends words there


def test_what_is_no_label_is_refused() -> None:
    """An answer of something else than BlazingText is not taken for one of its labels."""
    with pytest.raises(ValueError, match="does not start"):
        decode_label("late")


def test_what_it_is_told_comes_back_as_it_was() -> None:
    """Between two jobs it lies as JSON."""
    prepared = Prepared({"mode": "supervised", "epochs": "25"})
    assert Prepared.from_json(prepared.to_json()) == prepared


@pytest.mark.parametrize("step", TrainingStep)
@pytest.mark.parametrize("number", [1, 12, 999])
def test_a_step_of_a_training_leads_to_its_run(step: TrainingStep, number: int) -> None:
    """SageMaker takes the name, the run is read from it, and a single job has no step, whatever its file is called."""
    run = Run(make_job_id(JobKind.TRAIN, "bucket", f"my-{step}-and-a-long-file-name.csv", "v"), number)
    name = run_time_name("prod", run.id)
    named = training_step_name(name, step)
    assert len(named) <= 63
    assert training_step_of(named) == (name, step)
    assert training_step_of(name) == (name, None)
    assert run_of("prod", named) == run


def test_its_hyperparameters_are_checked_with_the_others() -> None:
    """A mistake is found before anything is paid for; sizes that no endpoint could hold are one."""
    with pytest.raises(UserError, match=r"engine=fasttext \(allowed: kit, blazingtext, auto\)"):
        Hyperparameters.from_strings({"engine": "fasttext"})
    with pytest.raises(UserError, match=r"blazingtext_epochs=1001 \(allowed: 0 to 1000\)"):
        Hyperparameters.from_strings({"blazingtext_epochs": "1001"})
    with pytest.raises(UserError, match=r"blazingtext_vector_dim=1000 .*blazingtext_buckets=10000000 "):
        Hyperparameters(blazingtext_buckets=10_000_000, blazingtext_vector_dim=1000)


def test_the_kits_own_engine_is_the_default() -> None:
    """Who says nothing gets what there was before."""
    assert Hyperparameters().engine == Engine.KIT
