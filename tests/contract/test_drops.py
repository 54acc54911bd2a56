"""What travels with a dropped file."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.drop_metadata import prediction_metadata, text_column_of, training_metadata
from contract.drops import drop_of
from contract.errors import UserError
from contract.records import JobKind


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_a_column_comes_back_as_it_was_named(column: str) -> None:
    """Whatever script its name is in, for a header takes ASCII alone."""
    metadata = prediction_metadata(text_column=column, is_explained=False)
    assert all(value.isascii() and value.isprintable() for value in metadata.values())
    assert text_column_of(metadata) == column


@pytest.mark.parametrize("written", ["claim", "1", '["claim"]', "{"])
def test_what_is_no_name_of_a_column_is_refused(written: str) -> None:
    """Somebody wrote it by hand: better a sentence than another column."""
    with pytest.raises(UserError, match="text column cannot be read"):
        text_column_of({"text-column": written})


def test_without_a_wish_nothing_is_written() -> None:
    """As before there were any."""
    assert prediction_metadata(text_column="", is_explained=False) == training_metadata({}) == {}


def test_a_reserved_prefix_is_refused_to_trainings_alone() -> None:
    """The predict bucket reserves nothing of the kind."""
    assert drop_of(JobKind.PREDICT, "main", "corrections/a.csv").key == "corrections/a.csv"
    with pytest.raises(UserError, match="Nothing is trained on files in 'corrections/'"):
        drop_of(JobKind.TRAIN, "main", "corrections/a.csv")
