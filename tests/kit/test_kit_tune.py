"""`kit tune`: what SageMaker is asked for, and what becomes of the best values."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from kit_account import REGION, Account, Answer
from tuning_service import ROWS_AND_LABELS, SageMaker

from contract import blazingtext
from contract.engines import Engine
from contract.errors import UserError
from contract.hyperparameters import Hyperparameters
from contract.metrics import TUNED, metric_definitions
from contract.records import JobKind, JobStatus
from kit.tuning_job import Budget
from kit.tuning_ranges import PREFIXES, RANGES, ranges_of
from model.training.blazingtext import told
from stacks.prices import TRAINING_USD_PER_HOUR

Kit = Callable[..., Answer]
ALL_OF_BLAZINGTEXT = [f"-pblazingtext_{each.name}={each.high}" for each in RANGES[Engine.BLAZINGTEXT]]


def test_the_best_values_go_through_the_gate(account: Account, kit: Kit, sagemaker: SageMaker, rows: Path) -> None:
    """The file is dropped with what was given and what was found, and the gate's word is the last one."""
    account.then.append(lambda: account.end(JobKind.TRAIN, rows.name, JobStatus.DONE, "Model v1 is in use now."))
    answer = kit("tune", rows, "-p", "epochs=3")
    assert answer.status == 0, answer.errors
    metadata = account.s3.head_object(Bucket="the-train", Key=rows.name)["Metadata"]
    assert json.loads(metadata["hyperparameters"]) == {"epochs": "3", "dropout": "0.51234", "batch_size": "64"}
    for words in ("2 trainings, 1 failed", "93.00%", "0.512", "Model v1 is in use now."):
        assert words in answer.output
    assert "The training with the best values comes on top." in answer.errors
    assert answer.output.index("93.00%") < answer.output.index("91.00%")


def test_the_request_keeps_within_the_budget(account: Account, kit: Kit, sagemaker: SageMaker, rows: Path) -> None:
    """As many trainings as asked for, none longer than its share; on spot machines; what was given does not vary; tags and name fit."""
    assert kit("tune", rows, "--no-drop", "-p", "dropout=0.4", "--trainings", "10", "--budget", "1").status == 0
    (request,) = sagemaker.requests("CreateHyperParameterTuningJob")
    name = request["HyperParameterTuningJobName"]
    assert name.startswith("tck-dev-tune-a-file-wit")
    assert len(name) <= 32
    settings, training = request["HyperParameterTuningJobConfig"], request["TrainingJobDefinition"]
    assert settings["ResourceLimits"] == {"MaxNumberOfTrainingJobs": 10, "MaxParallelTrainingJobs": 2}
    assert settings["HyperParameterTuningJobObjective"] == {"Type": "Maximize", "MetricName": TUNED}
    assert TUNED in [entry["Name"] for entry in metric_definitions()]
    varied = [each["Name"] for kind in ("Integer", "Continuous") for each in settings["ParameterRanges"][f"{kind}ParameterRanges"]]
    assert "dropout" not in varied
    assert {"hidden_units", "learning_rate"} <= set(varied)
    static = training["StaticHyperParameters"]
    assert not set(static) & set(varied)
    assert (static["dropout"], static["epochs"], static["label_column"]) == ("0.4", "2", "kind")
    seconds = training["StoppingCondition"]["MaxRuntimeInSeconds"]
    assert 0.99 < 10 * seconds / 3600 * TRAINING_USD_PER_HOUR[account.deployment.training_instance_type] <= 1
    assert training["EnableManagedSpotTraining"] is True
    assert training["StoppingCondition"]["MaxWaitTimeInSeconds"] >= seconds
    assert "EVALUATION_URI" not in training["Environment"]  # all of them would write it
    assert training["OutputDataConfig"]["S3OutputPath"] == f"s3://the-models/inputs/{name}/steps"
    assert {tag["Key"]: tag["Value"] for tag in request["Tags"]}["stage"] == "dev"


def test_blazingtext_is_tuned_on_lines_that_are_written_once(account: Account, kit: Kit, sagemaker: SageMaker, rows: Path) -> None:
    """One job of our image writes them, AWS's image tries values under its own names, and they are said under ours."""
    sagemaker.trials = [({"learning_rate": "0.7", "epochs": "40"}, 0.9)]
    answer = kit("tune", rows, "--no-drop", "--json", "-p", "engine=blazingtext", "-p", "blazingtext_word_ngrams=2")
    assert answer.status == 0, answer.errors
    assert answer.json["hyperparameters"] == {
        "engine": "blazingtext",
        "blazingtext_word_ngrams": "2",
        "blazingtext_buckets": "158000",
        "blazingtext_learning_rate": "0.7",
        "blazingtext_epochs": "40",
    }
    Hyperparameters.from_strings(answer.json["hyperparameters"])
    (request,) = sagemaker.requests("CreateHyperParameterTuningJob")
    training = request["TrainingJobDefinition"]
    assert training["AlgorithmSpecification"] == {"TrainingImage": blazingtext.image_of(REGION), "TrainingInputMode": "File"}
    static = {"mode": "supervised", "word_ngrams": "2", "buckets": "158000", "early_stopping": "False"}
    assert training["StaticHyperParameters"] == static
    assert [channel["ChannelName"] for channel in training["InputDataConfig"]] == ["train", "validation"]
    assert request["HyperParameterTuningJobConfig"]["HyperParameterTuningJobObjective"]["MetricName"] == "validation:accuracy"
    assert "CheckpointConfig" not in training
    assert len(sagemaker.requests("CreateTrainingJob")) == 1


@pytest.mark.parametrize("options", [[], ["--on-demand"], ["-p", "engine=blazingtext"]])
def test_no_budget_is_exceeded_without_spot_machines(
    account: Account, kit: Kit, sagemaker: SageMaker, rows: Path, options: list[str]
) -> None:
    """All that is started costs no more when it runs on demand to its time limits; what follows is said to come on top."""
    sagemaker.trials = [({"learning_rate": "0.005"}, 0.9)]
    answer = kit("tune", rows, "--no-drop", "--budget", "2", "--at-once", "50", *options)
    (tuning,) = sagemaker.requests("CreateHyperParameterTuningJob")
    trials = tuning["HyperParameterTuningJobConfig"]["ResourceLimits"]["MaxNumberOfTrainingJobs"]
    assert tuning["HyperParameterTuningJobConfig"]["ResourceLimits"]["MaxParallelTrainingJobs"] == trials == 12
    seconds = trials * tuning["TrainingJobDefinition"]["StoppingCondition"]["MaxRuntimeInSeconds"]
    seconds += sum(each["StoppingCondition"]["MaxRuntimeInSeconds"] for each in sagemaker.requests("CreateTrainingJob"))
    assert 1.99 < seconds / 3600 * TRAINING_USD_PER_HOUR[account.deployment.training_instance_type] <= 2
    assert "by list prices at most 2.00 USD." in answer.errors


def test_a_file_that_no_training_can_use_costs_nothing(account: Account, kit: Kit, sagemaker: SageMaker, tmp_path: Path) -> None:
    """It is read as 'kit check' reads it, by the columns of the settings and of -p, before anything is sent."""
    path = tmp_path / "rows.csv"
    for content, options, words in (
        ("text,other,more\na,b,c\n", [], "has no column 'kind', which was named as the label column"),
        ("text,kind\na,x\nb,x\n", [], "There is one label only, 'x'"),
        ("text,kind,label\na,x,1\nb,x,1\nc,y,1\nd,y,1\n", ["-p", "label_column=label"], "There is one label only, '1'"),
        ("", [], "is empty"),
    ):
        path.write_text(content)
        for verb in ("tune", "train"):
            answer = kit(verb, path, *options)
            assert (answer.status, words in answer.errors) == (2, True), answer.errors
            assert f"Nothing was started, for a training would refuse the file '{path}'" in answer.errors
    assert sagemaker.asked == []
    assert "Contents" not in account.s3.list_objects_v2(Bucket="the-models")


def test_more_at_once_than_there_are_is_told(account: Account, kit: Kit, sagemaker: SageMaker, rows: Path) -> None:
    """And of BlazingText what else than a trial is paid for."""
    answer = kit("tune", rows, "--no-drop", "--trainings", "3", "--at-once", "5", "-p", "engine=blazingtext")
    assert "--at-once 5 is more than --trainings: all 3 run at once." in answer.errors
    assert "At most 3 trainings and the job before, which writes the lines for BlazingText, none longer than" in answer.errors
    assert "writes the lines for BlazingText; the tuning follows." in answer.errors


@pytest.mark.parametrize("ngrams", ["1", "2", "3"])
def test_blazingtext_is_trained_with_the_table_of_the_trials(
    account: Account, kit: Kit, sagemaker: SageMaker, rows: Path, ngrams: str
) -> None:
    """All trials share one, chosen before them by the longest runs of words, and the best values bring it along."""
    sagemaker.trials = [({"word_ngrams": ngrams}, 0.9)]
    answer = kit("tune", rows, "--no-drop", "--json", "-p", "engine=blazingtext")
    (request,) = sagemaker.requests("CreateHyperParameterTuningJob")
    tried = request["TrainingJobDefinition"]["StaticHyperParameters"]
    trained = told(Hyperparameters.from_strings(answer.json["hyperparameters"])[0], *ROWS_AND_LABELS)
    assert (trained["buckets"], trained["word_ngrams"]) == (tried["buckets"], ngrams)
    assert tried["buckets"] == "158000"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["-p", "engine=auto"], "One engine is tuned at a time"),
        (["--budget", "0.01"], "0.01 USD are too little for 12 trainings"),
        (
            ["-p", "engine=blazingtext", *ALL_OF_BLAZINGTEXT],
            "Nothing is left to be tuned: -p gives a value to each of blazingtext_learning",
        ),
        (["--budget", "nan"], "argument --budget: 'nan' is not possible: give an amount in USD above 0"),
        (["--budget", "inf"], "'inf' is not possible"),
        (["--budget", "-1"], "'-1' is not possible"),
        (["--budget", "abc"], "'abc' is not possible"),
        (["-p", "blazingtext_epochs=5"], "-p blazingtext_epochs=5 would do nothing: BlazingText alone reads it"),
    ],
)
def test_what_cannot_be_tuned_costs_nothing(
    account: Account, kit: Kit, sagemaker: SageMaker, rows: Path, options: list[str], words: str
) -> None:
    """A sentence, and no training."""
    answer = kit("tune", rows, *options)
    assert answer.status == 2
    assert words in answer.errors
    assert sagemaker.asked == []


def test_a_budget_too_small_names_one_that_is_enough() -> None:
    """Its sentence's own advice is taken."""
    for trials, price, most in ((30, 4, 7200), (1, 0.115, 7200), (3, 0.115, 60), (7, 0.736, 900)):
        with pytest.raises(UserError) as refused:
            Budget(0.0001, trials, price).seconds(most)
        (named,) = re.findall(r"--budget (\d+\.\d\d)\)", str(refused.value))
        assert Budget(float(named), trials, price).seconds(most) >= min(600, most)
        if float(named) > 0.01:
            with pytest.raises(UserError):
                Budget(float(named) - 0.01, trials, price).seconds(most)
    assert Budget(2000, trials=30, usd_per_hour=4).seconds(7200) == 7200


@pytest.mark.parametrize("engine", sorted(RANGES))
def test_all_values_of_the_ranges_are_accepted(engine: Engine) -> None:
    """Both ends of each range are hyperparameters that a training takes."""
    for each in RANGES[engine]:
        for end in (each.low, each.high):
            Hyperparameters.from_strings({PREFIXES[engine] + each.name: str(end)})


def test_what_is_given_under_an_alias_is_not_varied() -> None:
    """The best values and those that were given make one drop, in which nothing is given twice."""
    given = {"hidden_size": "64"}
    varied = {each.name: str(each.low) for each in ranges_of(Engine.KIT, given)}
    assert Hyperparameters.from_strings(given | varied)[0].hidden_units == 64
    assert len(varied) == len(RANGES[Engine.KIT]) - 1
