"""Where every object lies: one function makes a key, one parses it, each the other's inverse.

train bucket    [classifiers/NAME/]any/path.csv        a labelled file, or an augmented manifest; starts a training
                corrections/NAME/DIGEST-JOB-ROW.json   what a person said of a row; trains with the classifier's next file
                unlabelled/NAME/any/path               texts without a label; those that were collected: contract/posts.py
                labelling/NAME/JOB/...                 labelling jobs (contract/labelling.py); the last three start nothing
predict bucket  [classifiers/NAME/]any/path.csv        a file to classify
results bucket  KEY/STEM_results.csv                   the same rows with labels (KEY: the dropped key)
                KEY/STEM_rejected.csv                  rows that had to be refused
                KEY/STEM_review.jsonl                  rows that a person should look at
                KEY/summary.json                       written last: without it there is no result
                KEY/older/VERSION/...                  the same for a version that was replaced meanwhile
                _work/JOB/failure.json                 why a prediction failed
                _work/JOB/plan.json, _work/JOB/KIND/N  of a prediction in shards (contract/shard_keys.py); _work/ expires
models bucket   inputs/TRAINING/CHANNEL/FILE           the exact bytes that a training job reads
                inputs/TRAINING/steps/...              what the jobs of a training leave each other: contract/training_work.py
                checkpoints/TRAINING/                  where an interrupted training job resumes
                models/TRAINING/output/model.tar.gz    the model artifact, put there by SageMaker
                models/TRAINING/report.html            what a person reads of it
                models/TRAINING/evaluation.json        the scores that the gate reads
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from contract.errors import UserError
from contract.wording import shortened

DEFAULT_CLASSIFIER = "main"
CLASSIFIER_PATTERN = re.compile(r"[a-z][a-z0-9-]{0,30}[a-z0-9]|[a-z]")
CLASSIFIERS_PREFIX = "classifiers/"
CORRECTIONS_PREFIX = "corrections/"
UNLABELLED_PREFIX, LABELLING_PREFIX = "unlabelled/", "labelling/"
RESERVED_TRAIN_PREFIXES = (UNLABELLED_PREFIX, CORRECTIONS_PREFIX, LABELLING_PREFIX)
WORK_PREFIX = "_work/"
INPUTS_PREFIX = "inputs/"
CHECKPOINTS_PREFIX = "checkpoints/"
MODELS_PREFIX = "models/"

TABLE_SUFFIXES = (".csv", ".tsv", ".csv.gz", ".tsv.gz")
MANIFEST_SUFFIXES = (".manifest", ".jsonl", ".manifest.gz", ".jsonl.gz")
TEXT_SUFFIXES = TABLE_SUFFIXES + MANIFEST_SUFFIXES  # of the objects below `unlabelled/` that people can be asked about
JSON_SUFFIXES = (".json", ".ndjson", ".jsonlines")  # that some give a manifest; what a file is read as, its name decides
RESULTS_SUFFIX, REJECTED_SUFFIX, REVIEW_SUFFIX = "_results.csv", "_rejected.csv", "_review.jsonl"  # behind the dropped file's name

HYPERPARAMETERS_METADATA = "hyperparameters"  # of an object dropped for training: a JSON object of strings
ANSWERS_METADATA = "answers"  # of one that is trained on once more; how many answers people had given by then
EXPLAIN_METADATA = "explain"  # of an object dropped to be classified; "yes" asks for the words that moved each decision
TEXT_COLUMN_METADATA = "text-column"  # of such an object; the name of the column with the texts, as JSON
MAX_ERROR_METADATA = "max-error"  # likewise; how many per cent may be wrong among the rows that need no review

MAX_KEY_BYTES = 1024  # the limit of S3
MAX_FILE_NAME_BYTES = 255  # the limit of a file system; S3 takes longer ones


@dataclass(frozen=True)
class Drop:
    """An object that a person dropped: which classifier it is for, and its path below that prefix."""

    classifier: str
    path: str

    @property
    def key(self) -> str:
        """The object's key; the inverse of `parse_drop`."""
        if self.classifier == DEFAULT_CLASSIFIER:
            return self.path
        return f"{CLASSIFIERS_PREFIX}{self.classifier}/{self.path}"

    @property
    def name(self) -> str:
        """The file's name without its folders."""
        return self.path.rsplit("/", 1)[-1]

    @property
    def stem(self) -> str:
        """The file's name without folders and without a suffix that the kit reads, in any case."""
        lowered = self.name.lower()
        for suffix in sorted(TABLE_SUFFIXES + MANIFEST_SUFFIXES, key=len, reverse=True):
            if lowered.endswith(suffix):
                return self.name[: -len(suffix)]
        return self.name

    def has_suffix(self, suffixes: tuple[str, ...]) -> bool:
        """Whether the file's name ends in one of the suffixes, in any case."""
        return self.name.lower().endswith(suffixes)

    def check_is_table(self, *others: str) -> None:
        """Raises UserError when the file's name is not that of a table and has none of the other suffixes."""
        if not self.has_suffix(TABLE_SUFFIXES + others):
            if others and self.has_suffix(JSON_SUFFIXES):
                remedy = f"If it is an augmented manifest, name it '{self.name.partition('.')[0]}.manifest'"
            else:
                remedy = "In Excel, save it as 'CSV UTF-8 (comma delimited)'"
            raise UserError(
                f"'{self.key}' is not a file that can be read: its name should end in {', '.join(TABLE_SUFFIXES + others)}."
                f" {remedy} and drop it again."
            )


def is_manifest(name: str) -> bool:
    """Whether a file's name is that of a manifest, with annotations or without."""
    return name.lower().endswith(MANIFEST_SUFFIXES)


def parse_drop(key: str) -> Drop:
    """The drop that a key names. Raises UserError for a key that no drop may have."""
    if key.startswith(WORK_PREFIX):
        raise UserError(f"'{key}' starts with '{WORK_PREFIX}', which the kit keeps for its own work. Use another folder name.")
    if not key.startswith(CLASSIFIERS_PREFIX):
        return Drop(DEFAULT_CLASSIFIER, key)
    classifier, _, path = key[len(CLASSIFIERS_PREFIX) :].partition("/")
    if not path:
        raise UserError(f"'{key}' names no file below a classifier. Drop it as '{CLASSIFIERS_PREFIX}NAME/{classifier}'.")
    if classifier == DEFAULT_CLASSIFIER:
        raise UserError(f"'{key}': '{DEFAULT_CLASSIFIER}' is the default classifier. Drop the file as '{path}'.")
    check_classifier(classifier)
    return Drop(classifier, path)


def check_classifier(name: str) -> str:
    """The name itself when a classifier may have it. Raises UserError otherwise."""
    if not CLASSIFIER_PATTERN.fullmatch(name):
        raise UserError(f"'{name}' is no name for a classifier. Use up to 32 lower-case letters, digits and hyphens, a letter first.")
    return name


@dataclass(frozen=True)
class ResultKeys:
    """The keys of one drop's results in the results bucket.

    `older_version` is set for the results of an object version that was replaced before its job
    ended: they lie beside the newer ones and never replace them.
    """

    drop: Drop
    older_version: str = ""

    @property
    def prefix(self) -> str:
        """Everything of this result starts with it."""
        older = f"older/{self.older_version}/" if self.older_version else ""
        return f"{self.drop.key}/{older}"

    @property
    def results(self) -> str:
        """The classified rows."""
        return f"{self.prefix}{self.drop.stem}{RESULTS_SUFFIX}"

    @property
    def rejected(self) -> str:
        """The rows that had to be refused, when there are any."""
        return f"{self.prefix}{self.drop.stem}{REJECTED_SUFFIX}"

    @property
    def review(self) -> str:
        """The rows that a person should look at, when there are any."""
        return f"{self.prefix}{self.drop.stem}{REVIEW_SUFFIX}"

    @property
    def summary(self) -> str:
        """Written last; a result without it does not exist."""
        return f"{self.prefix}summary.json"

    def check_length(self) -> None:
        """Raises UserError when a key of the result would be longer than S3 allows."""
        longest = max(len(key.encode()) for key in (self.results, self.rejected, self.review, self.summary))
        if longest > MAX_KEY_BYTES:
            raise UserError(
                f"The name '{self.drop.key}' is too long: the result's name would have {longest} bytes,"
                f" and {MAX_KEY_BYTES} are allowed. Use a shorter file name."
            )


def check_file_name(name: str, source: str, remedy: str = "Use a shorter file name.") -> None:
    """Raises UserError when no file can have a name that is made for `source`, whose own name is all that S3 allows."""
    length = len(name.encode("utf-8", "surrogateescape"))
    if length > MAX_FILE_NAME_BYTES:
        raise UserError(
            f"The name '{source}' is too long: the file '{shortened(name)}' would have a name of {length} bytes,"
            f" and {MAX_FILE_NAME_BYTES} are allowed. {remedy}"
        )


def parse_result(key: str) -> ResultKeys:
    """The result that a key in the results bucket belongs to; the inverse of its properties."""
    prefix, _, name = key.rpartition("/")
    older = None
    if not prefix.lower().endswith(TABLE_SUFFIXES):  # else `older` is a folder of the person who dropped the file
        older = re.fullmatch(r"(?P<drop>.+)/older/(?P<version>[^/]+)", prefix, re.DOTALL)
    keys = ResultKeys(parse_drop(older["drop"]), older["version"]) if older else ResultKeys(parse_drop(prefix))
    if key not in (keys.results, keys.rejected, keys.review, keys.summary):
        raise UserError(f"'{name}' is not the name of a result file.")
    return keys


def is_reserved_train_key(key: str) -> bool:
    """Whether an object in the train bucket starts no training."""
    return key.startswith(RESERVED_TRAIN_PREFIXES)


def corrections_prefix(classifier: str) -> str:
    """What the keys of a classifier's corrections start with (train bucket)."""
    return f"{CORRECTIONS_PREFIX}{classifier}/"


def text_corrections_prefix(classifier: str, digest: str) -> str:
    """What the keys of all corrections of a text start with, by its digest in hexadecimal digits (train bucket)."""
    return f"{corrections_prefix(classifier)}{digest}-"


def correction_key(classifier: str, digest: str, job_id: str, row: int) -> str:
    """Where the correction of a job's row lies, by the digest of its text (train bucket)."""
    return f"{text_corrections_prefix(classifier, digest)}{job_id}-{row}.json"


def corrected_text_of(key: str) -> str:
    """The digest of the text that a correction is of: the same for all of that text."""
    return key.rsplit("/", 1)[-1].split("-", 1)[0]


def failure_key(job_id: str) -> str:
    """Where a prediction job leaves the sentence that says why it failed (results bucket)."""
    return f"{WORK_PREFIX}{job_id}/failure.json"


def input_key(training_job: str, channel: str, name: str) -> str:
    """Where the exact bytes of a training's input are kept (models bucket)."""
    return f"{INPUTS_PREFIX}{training_job}/{channel}/{name}"


def checkpoints_key(training_job: str) -> str:
    """The prefix of a training job's checkpoints (models bucket)."""
    return f"{CHECKPOINTS_PREFIX}{training_job}/"


def model_prefix(training_job: str) -> str:
    """The prefix of all that a training job leaves of its model (models bucket)."""
    return f"{MODELS_PREFIX}{training_job}/"


def artifact_key(training_job: str) -> str:
    """Where SageMaker puts the model artifact when its output path is the models prefix."""
    return f"{model_prefix(training_job)}output/model.tar.gz"


def training_job_of(key: str) -> str | None:
    """The training job whose model artifact has the key; the inverse of `artifact_key`, None for any other key."""
    name = key.removeprefix(MODELS_PREFIX).partition("/")[0]
    return name if key == artifact_key(name) else None


def evaluation_key(training_job: str) -> str:
    """Where the training container puts the scores that the gate reads."""
    return f"{model_prefix(training_job)}evaluation.json"


def report_key(training_job: str) -> str:
    """Where the training container puts the report that the artifact holds too, for a reader who wants nothing else of it."""
    return f"{model_prefix(training_job)}report.html"


def s3_uri(bucket: str, key: str) -> str:
    """The address of an object; the inverse of `parse_s3_uri`."""
    return f"s3://{bucket}/{key}"


def parse_s3_uri(uri: str) -> tuple[str, str]:
    """The bucket and the key of an `s3://` address. Raises UserError when it is none."""
    match = re.fullmatch(r"s3://([^/]+)/(.*)", uri, re.DOTALL)
    if not match:
        raise UserError(f"'{uri}' is no address of an object. It should look like s3://bucket/name.csv.")
    return match[1], match[2]
