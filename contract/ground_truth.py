"""What SageMaker Ground Truth wants of a text classification: its own Lambdas in each region, and the files of a labelling job.

Ground Truth takes no new customers since July 2026; an account that has it may use it in the place of the page.
"""

from __future__ import annotations

from contract.errors import UserError
from contract.labelling import labelling_prefix
from contract.layout import Drop

# AWS's accounts with the functions of the built-in tasks:
# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_HumanTaskConfig.html (PreHumanTaskLambdaArn)
# https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_AnnotationConsolidationConfig.html
ACCOUNTS = {
    "us-east-1": "432418664414",
    "us-east-2": "266458841044",
    "us-west-2": "081040173940",
    "ca-central-1": "918755190332",
    "eu-west-1": "568282634449",
    "eu-west-2": "487402164563",
    "eu-central-1": "203001061592",
    "ap-northeast-1": "477331159723",
    "ap-northeast-2": "845288260483",
    "ap-south-1": "565803892007",
    "ap-southeast-1": "377565633583",
    "ap-southeast-2": "454466003867",
}
PRE_ANNOTATION, CONSOLIDATION = "PRE-TextMultiClass", "ACS-TextMultiClass"
LOGS = "/aws/sagemaker/LabelingJobs"  # where Ground Truth logs, which it decides itself


def function_arn(region: str, function: str) -> str:
    """The ARN of one of AWS's functions. Raises UserError for a region without Ground Truth's text classification."""
    if region not in ACCOUNTS:
        raise UserError(f"Ground Truth classifies no texts in the region {region}; it does in {', '.join(sorted(ACCOUNTS))}.")
    return f"arn:aws:lambda:{region}:{ACCOUNTS[region]}:function:{function}"


def job_prefix(classifier: str, name: str) -> str:
    """What the keys of a job's files start with (train bucket); with a dot, which no labelling job on the page has in its name."""
    return labelling_prefix(classifier, f"{name}.ground-truth")


def input_key(classifier: str, name: str) -> str:
    """The input manifest of a labelling job."""
    return f"{job_prefix(classifier, name)}input.manifest"


def categories_key(classifier: str, name: str) -> str:
    """The labels among which its workers choose."""
    return f"{job_prefix(classifier, name)}categories.json"


def template_key(classifier: str, name: str) -> str:
    """What its workers see."""
    return f"{job_prefix(classifier, name)}template.liquid"


def output_prefix(classifier: str, name: str) -> str:
    """Below which Ground Truth writes, in a folder of the job's name."""
    return f"{job_prefix(classifier, name)}output/"


def imported_drop(classifier: str, name: str) -> Drop:
    """The augmented manifest that is dropped once it is done."""
    return Drop(classifier, f"labelled/{name}.ground-truth.manifest")
