"""Amazon's built-in algorithm BlazingText: where its image lies, what it is told, and how a row is written for it.

It trains on lines `__label__LABEL token token ...` and leaves fastText's format, `model.bin`. Its hyperparameters are documented at
https://docs.aws.amazon.com/sagemaker/latest/dg/blazingtext_hyperparameters.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self
from urllib.parse import quote, unquote

from contract.errors import UserError

CHANNEL = "blazingtext"  # brings its model to the training job that judges it
TRAIN, VALIDATION = "train", "validation"  # its own channels
LINES_TYPE = "text/plain"
ARCHIVE, MODEL_FILE = "model.tar.gz", "model.bin"  # what it leaves, and the file in there

TUNED = "validation:accuracy"  # the metric by which its hyperparameters are compared

REPOSITORY, VERSION = "blazingtext", "1"
ACCOUNTS = {  # of AWS, which keep the image in each region
    "af-south-1": "455444449433",
    "ap-east-1": "286214385809",
    "ap-northeast-1": "501404015308",
    "ap-northeast-2": "306986355934",
    "ap-northeast-3": "867004704886",
    "ap-south-1": "991648021394",
    "ap-south-2": "628508329040",
    "ap-southeast-1": "475088953585",
    "ap-southeast-2": "544295431143",
    "ap-southeast-3": "951798379941",
    "ap-southeast-4": "106583098589",
    "ca-central-1": "469771592824",
    "ca-west-1": "190319476487",
    "cn-north-1": "390948362332",
    "cn-northwest-1": "387376663083",
    "eu-central-1": "813361260812",
    "eu-central-2": "680994064768",
    "eu-north-1": "669576153137",
    "eu-south-1": "257386234256",
    "eu-south-2": "104374241257",
    "eu-west-1": "685385470294",
    "eu-west-2": "644912444149",
    "eu-west-3": "749696950732",
    "il-central-1": "898809789911",
    "me-central-1": "272398656194",
    "me-south-1": "249704162688",
    "sa-east-1": "855470959533",
    "us-east-1": "811284229777",
    "us-east-2": "825641698319",
    "us-gov-east-1": "237065988967",
    "us-gov-west-1": "226302683700",
    "us-west-1": "632365934929",
    "us-west-2": "433757028032",
}

_LABEL = "__label__"
LINE_END = "</s>"  # stands for the end of a line in the dictionary of a model
_RESERVED = re.compile(rf"_*(?:{LINE_END}|{_LABEL}.*)", re.DOTALL)  # what no word may be, and what stands for it


def image_of(region: str) -> str:
    """The address of its image. Raises UserError for a region that has none."""
    if region not in ACCOUNTS:
        raise UserError(f"SageMaker offers no BlazingText in the region {region}. Leave out engine, or set it to 'kit'.")
    domain = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
    return f"{ACCOUNTS[region]}.dkr.ecr.{region}.{domain}/{REPOSITORY}:{VERSION}"


def encode_label(label: str) -> str:
    """A label as it stands in a line and in an answer: `__label__late%20delivery`."""
    return _LABEL + quote(label, safe="", errors="surrogatepass")


def decode_label(token: str) -> str:
    """The inverse of `encode_label`. Raises ValueError for what is no label."""
    if not token.startswith(_LABEL):
        raise ValueError(f"'{token}' does not start with {_LABEL}")
    return unquote(token[len(_LABEL) :], errors="surrogatepass")


def encode_word(word: str) -> str:
    """A word as it stands in a line: as it is, unless it would be taken for a label, for the end of the line or for two words."""
    word = word.replace("\0", "\ufffd")
    return f"_{word}" if _RESERVED.fullmatch(word) else word


def decode_word(token: str) -> str:
    """The inverse of `encode_word`."""
    return token[1:] if token.startswith("_") and _RESERVED.fullmatch(token[1:]) else token


def line(words: Sequence[str], label: str) -> str:
    """A labelled row."""
    return " ".join([encode_label(label), *map(encode_word, words)])


@dataclass(frozen=True)
class Prepared:
    """What is known once the rows have been read: what the training job is told, which depends on their number."""

    hyperparameters: Mapping[str, str]

    def to_json(self) -> str:
        """As it lies beside the lines."""
        return json.dumps({"hyperparameters": dict(self.hyperparameters)}, indent=2)

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """The inverse of `to_json`."""
        return cls(hyperparameters={**json.loads(text)["hyperparameters"]})
