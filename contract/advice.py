"""Commands of `kit` that sentences advise, so that they do what is meant when a person copies them."""

from __future__ import annotations

from contract.layout import DEFAULT_CLASSIFIER


def about(command: str, classifier: str) -> str:
    """A command in quotation marks, for a classifier; without its name it would be about the default one."""
    option = "" if classifier == DEFAULT_CLASSIFIER else f" --classifier {classifier}"
    return f"'{command}{option}'"
