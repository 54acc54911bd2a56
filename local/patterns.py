"""EventBridge's event patterns.

A pattern is an object like the event; each leaf is a list of alternatives: a plain value, or one
filter such as {"prefix": "a"}. An operator that is not known here is refused, for a filter that is
silently true would wake functions that sleep on AWS.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from operator import eq, ge, gt, le, lt
from typing import Any

from contract.errors import PlatformError

_ABSENT = object()
_COMPARISONS: dict[str, Callable[[float, float], bool]] = {"<": lt, "<=": le, "=": eq, ">=": ge, ">": gt}


def matches(pattern: Mapping[str, Any], event: Mapping[str, Any]) -> bool:
    """Whether the event satisfies every field of the pattern. Raises PlatformError for an unknown operator."""
    return all(
        any(matches(choice, event) for choice in wanted) if name == "$or" else _field_matches(wanted, event.get(name, _ABSENT))
        for name, wanted in pattern.items()
    )


def check(pattern: Mapping[str, Any]) -> None:
    """Raise PlatformError when the pattern uses an operator or form that is not known here."""
    for name, wanted in pattern.items():
        if name == "$or":
            for choice in wanted:
                check(choice)
        elif isinstance(wanted, Mapping):
            check(wanted)
        elif isinstance(wanted, list):
            for alternative in wanted:
                _alternative_matches(alternative, "")
        else:
            raise PlatformError(f"The event pattern's field '{name}' must be a list of alternatives or an object.")


def _field_matches(wanted: Any, found: Any) -> bool:
    if isinstance(wanted, Mapping):
        if isinstance(found, list):
            return any(matches(wanted, entry) for entry in found if isinstance(entry, Mapping))
        return matches(wanted, found if isinstance(found, Mapping) else {})
    return any(_alternative_matches(alternative, found) for alternative in wanted)


def _alternative_matches(alternative: Any, found: Any) -> bool:
    if not isinstance(alternative, Mapping):
        return any(_is_same(alternative, value) for value in _values(found))
    if len(alternative) != 1:
        raise PlatformError(f"A filter of an event pattern has exactly one operator, not {len(alternative)}: {dict(alternative)}.")
    ((operator, operand),) = alternative.items()
    if operator == "exists":
        return (found is not _ABSENT) == bool(operand)
    test = _tester(operator, operand)
    return any(test(value) for value in _values(found))


def _values(found: Any) -> Iterator[Any]:
    """A field's values: those of a list, each by itself; none of an absent field or an object."""
    if isinstance(found, list):
        yield from found
    elif found is not _ABSENT and not isinstance(found, Mapping):
        yield found


def _is_same(wanted: Any, value: Any) -> bool:
    """Equality as JSON has it: true is not 1."""
    return isinstance(wanted, bool) == isinstance(value, bool) and bool(wanted == value)


def _tester(operator: str, operand: Any) -> Callable[[Any], bool]:
    if operator == "anything-but":
        return _anything_but(operand)
    if operator == "numeric":
        return _numeric(operand)
    if operator in _TEXT_TESTS:
        return _text(operator, operand)
    raise PlatformError(f"The local cloud does not know the event pattern operator '{operator}'.")


def _anything_but(operand: Any) -> Callable[[Any], bool]:
    if isinstance(operand, Mapping):
        ((operator, inner),) = operand.items()
        test = _text(operator, inner)
        return lambda value: not test(value)
    refused = operand if isinstance(operand, list) else [operand]
    return lambda value: not any(_is_same(entry, value) for entry in refused)


def _numeric(operand: Sequence[Any]) -> Callable[[Any], bool]:
    pairs = [(_COMPARISONS[sign], bound) for sign, bound in zip(operand[::2], operand[1::2], strict=True)]
    return lambda value: (
        isinstance(value, int | float) and not isinstance(value, bool) and all(compare(value, bound) for compare, bound in pairs)
    )


def _text(operator: str, operand: Any) -> Callable[[Any], bool]:
    """A test of strings; the operand may be a list of alternatives, or ask to ignore case."""
    if operator not in _TEXT_TESTS:
        raise PlatformError(f"The local cloud does not know the event pattern operator '{operator}'.")
    ignores_case = False
    if isinstance(operand, Mapping):
        if set(operand) != {"equals-ignore-case"}:
            raise PlatformError(f"The local cloud does not know the event pattern filter {dict(operand)} in '{operator}'.")
        ignores_case, operand = True, operand["equals-ignore-case"]
    wanted = [str(entry) for entry in (operand if isinstance(operand, list) else [operand])]
    test = _TEXT_TESTS[operator]
    if ignores_case:
        return lambda value: isinstance(value, str) and any(test(value.casefold(), entry.casefold()) for entry in wanted)
    return lambda value: isinstance(value, str) and any(test(value, entry) for entry in wanted)


def _wildcard(value: str, pattern: str) -> bool:
    parts = re.split(r"(\\\*|\\\\|\*)", pattern)  # an escaped star, an escaped backslash, a star
    plain = {"*": ".*", r"\*": r"\*", "\\\\": r"\\"}
    expression = "".join(plain.get(part, re.escape(part)) for part in parts)
    return re.fullmatch(expression, value, re.DOTALL) is not None


_TEXT_TESTS: dict[str, Callable[[str, str], bool]] = {
    "prefix": str.startswith,
    "suffix": str.endswith,
    "equals-ignore-case": lambda value, wanted: value.casefold() == wanted.casefold(),
    "wildcard": _wildcard,
}
