"""Hyperparameters: strings in and out, and every mistake named at once."""

from __future__ import annotations

from dataclasses import Field, fields
from typing import Any, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.errors import UserError
from contract.hyperparameters import ALIASES, REPLACED, Hyperparameters

TYPES = get_type_hints(Hyperparameters)
COLUMNS = (
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
    .map(lambda name: name.strip().strip('"'))
    .filter(lambda name: name == name.strip().strip('"'))
)


def _values(entry: Field[Any]) -> st.SearchStrategy[Any]:
    rule, kind = entry.metadata, TYPES[entry.name]
    if "choices" in rule:
        return st.sampled_from(rule["choices"])
    if kind is bool:
        return st.booleans()
    if kind is int:
        return st.integers(rule["low"], rule["high"])
    return st.floats(rule["low"], rule["high"]) if kind is float else COLUMNS


@given(st.fixed_dictionaries({entry.name: _values(entry) for entry in fields(Hyperparameters)}))
def test_strings_round_trip(values: dict[str, Any]) -> None:
    """What SageMaker carries as strings is what was meant, to the last digit."""
    given_values = Hyperparameters(**values)
    assert Hyperparameters.from_strings(given_values.to_strings()) == (given_values, [])


def test_nothing_given_is_the_recipe() -> None:
    """The defaults lie within their own bounds and need no warning."""
    assert Hyperparameters.from_strings({}) == (Hyperparameters(), [])


def test_values_may_carry_the_quotes_of_a_console() -> None:
    """SageMaker's tools write some strings with quotation marks around them."""
    parsed, _ = Hyperparameters.from_strings({"epochs": '"3"', "optimizer": '"sgd"', "bidirectional": '"True"', "learning_rate": " 1e-3 "})
    assert (parsed.epochs, parsed.optimizer, parsed.bidirectional, parsed.learning_rate) == (3, "sgd", True, 0.001)


@pytest.mark.parametrize(("alias", "name"), ALIASES.items())
def test_the_predecessors_names_are_understood(alias: str, name: str) -> None:
    """A call written for the kit's predecessor sets the same thing without a warning."""
    text = "false" if TYPES[name] is bool else "0.01" if TYPES[name] is float else "128" if name != "layers" else "2"
    assert Hyperparameters.from_strings({alias: text}) == Hyperparameters.from_strings({name: text})
    assert Hyperparameters.from_strings({alias: text})[0] != Hyperparameters()


@pytest.mark.parametrize("name", REPLACED)
def test_a_replaced_name_warns_and_changes_nothing(name: str) -> None:
    """The warning says which name has no effect and what took its place."""
    parsed, warnings = Hyperparameters.from_strings({name: "7"})
    assert parsed == Hyperparameters()
    assert warnings == [f"Hyperparameter '{name}' has no effect: {REPLACED[name]}."]


def test_convolution_is_refused_and_its_absence_accepted() -> None:
    """The network is an LSTM; asking for none of the other kind is no mistake."""
    assert Hyperparameters.from_strings({"cnn": "false"}) == (Hyperparameters(), [])
    with pytest.raises(UserError, match="cnn=true is not supported: the network is an LSTM"):
        Hyperparameters.from_strings({"cnn": "True"})


def test_an_unknown_name_is_refused_with_the_nearest_known_one() -> None:
    """A typing mistake is answered with what was probably meant."""
    with pytest.raises(UserError, match=r"'epoch' is unknown \(did you mean 'epochs'\?\).*Known names: balance, batch_size"):
        Hyperparameters.from_strings({"epoch": "3"})
    with pytest.raises(UserError, match=r"'qqq' is unknown\."):
        Hyperparameters.from_strings({"qqq": "3"})


def test_every_mistake_is_named_at_once() -> None:
    """Unknown names, values of the wrong kind, bounds and choices stand in one message: one try mends them all."""
    strings = {"epoch": "3", "batch_size": "many", "dropout": "1.5", "optimizer": "lion", "cnn": "true", "bidirectional": "perhaps"}
    with pytest.raises(UserError) as refusal:
        Hyperparameters.from_strings(strings)
    for part in (
        "'epoch' is unknown",
        "batch_size='many' is not a whole number",
        "dropout=1.5 (allowed: 0.0 to 0.95)",
        "optimizer=lion (allowed: adam, adamw, sgd, rmsprop)",
        "cnn=true",
        "bidirectional='perhaps' is not true or false",
    ):
        assert part in str(refusal.value)


def test_direct_construction_names_every_violation() -> None:
    """Code that builds them is held to the same bounds."""
    with pytest.raises(UserError, match=r"epochs=0 \(allowed: 1 to 1000\); .*layers=9 \(allowed: 1 to 4\)"):
        Hyperparameters(epochs=0, layers=9)


@pytest.mark.parametrize("text", ["nan", "inf", "-inf"])
def test_what_is_no_number_is_out_of_bounds(text: str) -> None:
    """A not-a-number passes no comparison and must not slip through one."""
    with pytest.raises(UserError, match="dropout"):
        Hyperparameters.from_strings({"dropout": text})


@pytest.mark.parametrize("strings", [{"epochs": "3", "num_epoch": "4"}, {"num_epoch": "4", "epochs": "3"}])
def test_a_value_given_twice_is_refused(strings: dict[str, str]) -> None:
    """A name and its alias together leave open which one counts."""
    with pytest.raises(UserError, match="given twice"):
        Hyperparameters.from_strings(strings)


def test_every_hyperparameter_says_what_it_means() -> None:
    """The table in the documentation is made from these."""
    assert [entry.name for entry in fields(Hyperparameters) if not entry.metadata["meaning"]] == []
    assert set(ALIASES.values()) <= set(TYPES)
    assert not (set(ALIASES) | set(REPLACED)) & set(TYPES)
