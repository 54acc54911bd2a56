"""The ledger's models: versions, which one is current, and what is forgotten of a file that is erased."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ledger_records import a_model, claim_job, move_job

from contract.errors import PlatformError, UserError
from contract.ledger import ERASED, HISTORY, Ledger
from contract.records import Current, JobStatus, ModelStatus


class TestModels:
    """Versions, models and which one is current."""

    def test_ten_follows_nine(self, ledger: Ledger) -> None:
        """Versions are numbers, counted for each classifier alone and listed as numbers."""
        versions = [ledger.next_version("main") for _ in range(11)]
        assert versions == list(range(1, 12))
        assert ledger.next_version("tone") == 1
        for version in versions:
            ledger.add_model(a_model(version))
        assert [model.version for model in ledger.models("main")] == versions[::-1]
        assert ledger.classifiers() == ["main", "tone"]

    def test_a_model_is_recorded_once(self, ledger: Ledger) -> None:
        """A repeated event does not undo what the gate decided meanwhile."""
        model = a_model(accuracy=0.91, labels=["a", "b"])
        assert ledger.add_model(model)
        ledger.set_model_status(model, ModelStatus.PUBLISHED, "better")
        assert not ledger.add_model(model)
        assert ledger.model("main", 1) == replace(model, status=ModelStatus.PUBLISHED, message="better")

    def test_as_many_labels_are_recorded_as_fit(self, ledger: Ledger) -> None:
        """A thousand long labels in a script of four bytes would be more than an item may have."""
        labels = ["𐎀" * 196 + f"{number:04d}" for number in range(1000)]
        assert ledger.add_model(a_model(labels=labels))
        recorded = ledger.model("main", 1).labels
        assert recorded[:250] == labels[:250]
        assert recorded[250:] == ["(and 750 more)"]
        ledger.set_model_status(a_model(), ModelStatus.KEPT, "x" * 500_000)
        assert len(ledger.model("main", 1).message) < 100_000

    def test_an_unknown_model_is_said_in_a_sentence(self, ledger: Ledger) -> None:
        """A mistyped version is answered with the command that lists the right ones."""
        with pytest.raises(UserError, match=r"Classifier 'main' has no model v3\. 'kit models' lists them"):
            ledger.model("main", 3)

    def test_the_first_model_is_made_current_once(self, ledger: Ledger) -> None:
        """Of two first models, the one that comes second is told so."""
        assert ledger.current("main") is None
        first = ledger.make_current(a_model(1), by="gate", before=None)
        assert first == ledger.current("main")
        assert ledger.make_current(a_model(2), by="gate", before=None) is None
        assert ledger.current("main") == first

    def test_a_change_in_between_is_noticed(self, ledger: Ledger) -> None:
        """The gate compared with one model; if another is in use by now, nothing is replaced."""
        first = ledger.make_current(a_model(1), by="gate", before=None)
        second = ledger.make_current(a_model(2), by="a person", before=first)
        assert ledger.make_current(a_model(3), by="gate", before=first) is None
        assert ledger.current("main") == second

    def test_the_models_before_are_remembered_for_a_rollback(self, ledger: Ledger) -> None:
        """The history grows by the version that was replaced, newest last, up to a bound."""
        current: Current | None = None
        for version in range(1, HISTORY + 4):
            current = ledger.make_current(a_model(version), by="gate", before=current)
        assert current is not None
        assert current.history == list(range(3, HISTORY + 3))
        assert ledger.current("main") == current


class TestErasure:
    """What the ledger forgets of a file that is erased."""

    def test_a_record_is_forgotten_only_as_it_was_seen(self, ledger: Ledger) -> None:
        """A job that began meanwhile is not lost from sight; one that is forgotten already is no error."""
        seen = move_job(ledger, claim_job(ledger), JobStatus.FAILED)
        again = ledger.reopen(seen, "Once more.")
        assert again
        with pytest.raises(PlatformError, match="changed at this moment"):
            ledger.forget(seen)
        assert ledger.job(seen.job_id) == again
        ledger.forget(again)
        ledger.forget(again)
        assert list(ledger.jobs()) == []

    def test_a_model_stays_without_the_name_of_its_file(self, ledger: Ledger) -> None:
        """It can be used as before; only what it learned from is not told any more."""
        model = a_model()
        ledger.add_model(model)
        ledger.forget_training(model)
        expected = replace(model, training_object=ERASED, training_object_version=ERASED, job_id=ERASED)
        assert ledger.model("main", 1) == expected
        assert ledger.make_current(expected, by="somebody", before=None)
