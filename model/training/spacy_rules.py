"""The tokenizer's rules of a language, exported from the installed spaCy. Training half."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import spacy
from spacy.symbols import ORTH  # type: ignore[import-not-found]  # compiled, without stubs

from contract.errors import AlgorithmError, UserError
from model.text.rules import TokenizerRules
from model.training.languages import FALLBACK

RULE_TOKENIZER = "spacy.Tokenizer.v1"
MULTI_LANGUAGE = "xx"  # for languages that spaCy splits with a dictionary: their scripts come as single characters anyway


@lru_cache
def rules_of(language: str = FALLBACK) -> TokenizerRules:
    """The rules of a language by spaCy's code; raises UserError for an unknown one."""
    try:
        defaults = spacy.util.get_lang_class(language).default_config
    except ImportError as error:
        raise UserError(f"spaCy has no tokenizer rules for the language '{language}'. Use 'en', or one that it knows.") from error
    is_by_rules = defaults["nlp"]["tokenizer"]["@tokenizers"] == RULE_TOKENIZER
    tokenizer: Any = spacy.blank(language if is_by_rules else MULTI_LANGUAGE).tokenizer
    return TokenizerRules(
        language=language,
        prefix=_pattern(tokenizer.prefix_search),
        suffix=_pattern(tokenizer.suffix_search),
        infix=_pattern(tokenizer.infix_finditer),
        token_match=_pattern(tokenizer.token_match),
        url_match=_pattern(tokenizer.url_match),
        exceptions={text: tuple(_word(entry) for entry in words) for text, words in sorted(tokenizer.rules.items())},
    )


def _pattern(method: Callable[..., Any] | None) -> str:
    """The pattern behind a method of a compiled regular expression."""
    if method is None:
        return ""
    compiled: re.Pattern[str] = method.__self__  # type: ignore[attr-defined]  # a bound method, as spaCy itself takes for granted
    if re.compile(compiled.pattern).flags != compiled.flags:
        raise AlgorithmError("spaCy's tokenizer has a pattern whose flags are not part of it; the exported rules would differ.")
    return compiled.pattern


def _word(entry: dict[Any, str]) -> str:
    """An exception's entry names its attributes by number or by name."""
    return entry[ORTH] if ORTH in entry else entry["ORTH"]
