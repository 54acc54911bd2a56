"""One labelling job of SageMaker Ground Truth: what it is asked for, and what it says of itself in plain sentences."""

from __future__ import annotations

import html
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from contract.columns import MAX_CHARS
from contract.deployment import run_time_name
from contract.errors import UserError
from contract.ground_truth import CONSOLIDATION, PRE_ANNOTATION, categories_key, function_arn, input_key, output_prefix, template_key
from contract.labelling import NAME_PATTERN
from contract.layout import parse_s3_uri, s3_uri
from contract.manifest import SOURCE
from contract.manifest_writing import ATTRIBUTE
from contract.tags import stage_tags
from contract.wording import counted, printable

MAX_NAME_CHARS = 63  # of Ground Truth
LABELS = range(2, 51)  # how many it takes: https://docs.aws.amazon.com/sagemaker/latest/dg/sms-text-classification.html
WORKERS = range(1, 10)  # for each text
TASK_SECONDS = 10 * 60  # in which a worker answers, or another one is asked
AVAILABLE_SECONDS = 10 * 24 * 3600  # after which a text that nobody has looked at fails

TITLE = "Which category fits this text?"
DESCRIPTION = "Read the text and choose the one category that fits it best."
TEMPLATE = """\
<script src="https://assets.crowd.aws/crowd-html-elements.js"></script>
<crowd-form>
  <crowd-classifier
    name="crowd-classifier"
    header="Which category fits this text?"
    categories="{{ task.input.labels | to_json | escape }}"
  >
    <classification-target>{{ task.input.taskObject }}</classification-target>
    <full-instructions header="How to choose">
      <p>Read the whole text. Choose the category that its writer would expect an answer about.</p>
      <p>Where several fit, choose the one that most of the text is about. Where none fits, choose the nearest one.</p>
HINTS    </full-instructions>
    <short-instructions>Choose the one category that fits best.</short-instructions>
  </crowd-classifier>
</crowd-form>
"""


@dataclass(frozen=True, kw_only=True)
class LabellingJob:
    """What a labelling job is asked for. Raises UserError for what Ground Truth would refuse, or the kit could not read back."""

    stage: str
    classifier: str
    name: str  # within the classifier
    labels: Sequence[str]
    workteam_arn: str  # private: its members are people whom the account has invited
    role_arn: str
    bucket: str
    region: str
    workers: int = 3
    key_arn: str = ""  # encrypts the output; empty: the bucket's own encryption

    def __post_init__(self) -> None:
        if not NAME_PATTERN.fullmatch(self.name):
            raise UserError(f"'{self.name}' is no name for a labelling job. Use up to 32 lower-case letters, digits and hyphens.")
        if not ATTRIBUTE.fullmatch(self.attribute) or self.attribute == SOURCE:
            raise UserError(
                f"Ground Truth takes no annotation of the name '{self.attribute}', which those of this classifier would have. Use one whose"
                f" name is not '{SOURCE}' and has neither '-ref' nor '-metadata' at its end."
            )
        if len(self.job_name) > MAX_NAME_CHARS:
            raise UserError(
                f"Ground Truth takes no job of the name '{self.job_name}': at most {MAX_NAME_CHARS} characters are allowed. Use a shorter"
                " name."
            )
        if len(self.labels) not in LABELS or len({*self.labels}) < len(self.labels):
            raise UserError(f"{len(self.labels)} labels were given; Ground Truth takes {LABELS[0]} to {LABELS[-1]} different ones.")
        if bad := next((label for label in self.labels if not label.strip() or len(label) > MAX_CHARS), None):
            raise UserError(f"'{bad[:MAX_CHARS]}' is no label: it needs 1 to {MAX_CHARS} characters.")
        if self.workers not in WORKERS:
            raise UserError(f"{self.workers} people for each text are not possible; Ground Truth takes {WORKERS[0]} to {WORKERS[-1]}.")
        if ":workteam/private-crowd/" not in self.workteam_arn:
            raise UserError(
                f"'{self.workteam_arn}' is no private work team. 'aws sagemaker list-workteams' shows the ARNs of yours; a public one would"
                " hand the texts to strangers."
            )

        if f":{self.region}:" not in self.workteam_arn:
            raise UserError(
                f"The work team '{self.workteam_arn}' is not of the region {self.region}, where the labelling job would run. Use one of"
                " that region."
            )

    @property
    def job_name(self) -> str:
        """By which Ground Truth knows it."""
        return job_name(self.stage, self.classifier, self.name)

    @property
    def attribute(self) -> str:
        """The annotation's name in the manifest."""
        return self.classifier

    def request(self) -> dict[str, Any]:
        """Of CreateLabelingJob. Raises UserError in a region without Ground Truth."""
        output = {"S3OutputPath": s3_uri(self.bucket, output_prefix(self.classifier, self.name))}
        tags = stage_tags(self.stage, self.classifier)
        return {
            "LabelingJobName": self.job_name,
            "LabelAttributeName": self.attribute,
            "InputConfig": {"DataSource": {"S3DataSource": {"ManifestS3Uri": self._uri(input_key)}}},
            "OutputConfig": output | ({"KmsKeyId": self.key_arn} if self.key_arn else {}),
            "RoleArn": self.role_arn,
            "LabelCategoryConfigS3Uri": self._uri(categories_key),
            "HumanTaskConfig": {
                "WorkteamArn": self.workteam_arn,
                "UiConfig": {"UiTemplateS3Uri": self._uri(template_key)},
                "PreHumanTaskLambdaArn": function_arn(self.region, PRE_ANNOTATION),
                "TaskTitle": TITLE,
                "TaskDescription": DESCRIPTION,
                "NumberOfHumanWorkersPerDataObject": self.workers,
                "TaskTimeLimitInSeconds": TASK_SECONDS,
                "TaskAvailabilityLifetimeInSeconds": AVAILABLE_SECONDS,
                "AnnotationConsolidationConfig": {"AnnotationConsolidationLambdaArn": function_arn(self.region, CONSOLIDATION)},
            },
            "Tags": [{"Key": key, "Value": value} for key, value in tags.items()],
        }

    def categories(self) -> bytes:
        """The file of label categories."""
        return json.dumps({"document-version": "2018-11-28", "labels": [{"label": label} for label in self.labels]}).encode()

    def template(self, hints: Sequence[str] = ()) -> bytes:
        """What workers see, with paragraphs of one's own."""
        return TEMPLATE.replace("HINTS", "".join(f"      <p>{_shown(hint)}</p>\n" for hint in hints)).encode()

    def _uri(self, key: Any) -> str:
        return s3_uri(self.bucket, key(self.classifier, self.name))


def _shown(hint: str) -> str:
    """A text that neither HTML nor Liquid, which fills in the template, takes for its own."""
    return html.escape(hint).replace("{", "&#123;")


@dataclass(frozen=True)
class Standing:
    """What DescribeLabelingJob says."""

    description: Mapping[str, Any]

    @property
    def status(self) -> str:
        """Initializing, InProgress, Completed, Failed, Stopping or Stopped."""
        return str(self.description["LabelingJobStatus"])

    @property
    def counts(self) -> dict[str, int]:
        """Texts by what became of them."""
        counters = self.description["LabelCounters"]
        names = {"labelled": "TotalLabeled", "waiting": "Unlabeled", "failed": "FailedNonRetryableError"}
        return {name: counters.get(counter, 0) for name, counter in names.items()}

    def sentence(self) -> str:
        """For people."""
        labelled, waiting, failed = self.counts.values()
        done = f"{counted(labelled, 'text')} {'has' if labelled == 1 else 'have'} a label"
        lost = f"; {failed:,} could not be labelled" if failed else ""
        sentences = {
            "Initializing": "The job is being prepared; workers see nothing yet.",
            "InProgress": f"People are at work: {done}, {waiting:,} wait{lost}.",
            "Completed": f"The job is done: {done}{lost}.",
            "Stopping": f"The job is being stopped: {done}{lost}.",
            "Stopped": f"The job was stopped: {done}, {waiting:,} have none{lost}.",
            "Failed": f"The job failed: {printable(self.description.get('FailureReason', 'no reason given'))}",
        }
        return sentences.get(self.status, f"The job is in a state that this version does not know: {self.status}.")

    def output(self, bucket: str, prefix: str) -> str:
        """The key of the augmented manifest. Raises UserError while there is none, or when it is none of this deployment's."""
        uri = self.description.get("LabelingJobOutput", {}).get("OutputDatasetS3Uri", "")
        if self.status not in ("Completed", "Stopped") or not uri:
            raise UserError(f"There is nothing to import yet. {self.sentence()}")
        if not self.counts["labelled"]:  # the file may hold what earlier jobs have said of its texts, and would train on that
            raise UserError(f"There is nothing to import. {self.sentence()}")
        found, key = parse_s3_uri(uri)
        if found != bucket or not key.startswith(prefix):
            raise UserError(f"The job wrote to '{uri}', which is not below '{prefix}' in the bucket {bucket}. Drop that file by hand.")
        return key


def job_name(stage: str, classifier: str, name: str) -> str:
    """By which Ground Truth knows a labelling job of a classifier: `tck-dev-label-main-march`."""
    return run_time_name(stage, f"label-{classifier}-{name}")
