"""When two texts are the same, and what language they seem to be in."""

from __future__ import annotations

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.duplicates import BUCKETS, TextIndex
from contract.texts import language_of, normal_form, text_key


@pytest.mark.parametrize("other", ["Same text", " same\n\u00a0TEXT ", "same<br />text", "<p class='x'>same</p> text"])
def test_case_markup_and_space_make_no_other_text(other: str) -> None:
    """Copies that a person would call the same have the same form."""
    assert normal_form(other) == normal_form("same text")


@pytest.mark.parametrize("other", ["sametext", "same text.", "same < text", ""])
def test_other_characters_make_another_text(other: str) -> None:
    """Nothing else is passed over."""
    assert normal_form(other) != normal_form("same text")


def test_a_text_without_a_word_has_an_empty_form() -> None:
    """So empty texts need no rule of their own; what is no character at all has a form too."""
    assert normal_form(" \t<br/>\n") == ""
    assert text_key(normal_form("\ud800"))


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The pump was loud and it is not on", "English"),
        ("Die Pumpe war laut und ist nicht an", "German"),
        ("La pompe est dans une boîte et je ne suis pas content", "French"),
        ("El motor no funciona y está muy caliente por la noche", "Spanish"),
        ("Il motore non è della stessa marca, mi sono sbagliato", "Italian"),
        ("O motor não é uma peça para o meu carro, foi muito caro", "Portuguese"),
        ("Het apparaat is niet op tijd en ik was van plan dat voor een ander", "Dutch"),
        ("Насос шумит 24 hours", "Cyrillic letters"),
        ("ポンプが壊れた", "Japanese"),
        ("水泵坏了", "Chinese characters"),
        ("펌프가 고장났다", "Korean"),
        ("المضخة معطلة", "Arabic letters"),
        ("broken pump", "Latin letters"),
        ("größere Störung", "Latin letters"),
        ("123 !? 😀", "no letters"),
    ],
)
def test_languages_are_guessed_roughly(text: str, language: str) -> None:
    """By the script, then by little words; where these do not tell, nothing is claimed."""
    assert language_of(normal_form(text)) == language


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 3)), max_size=200))
def test_an_index_groups_rows_by_text(rows: list[tuple[int, int]]) -> None:
    """All rows of a text come together by label, counted, the first two named, whatever bucket it is in."""
    expected: dict[bytes, dict[int, list[int]]] = {}
    with TextIndex() as index:
        for number, (text, label) in enumerate(rows):
            key = text_key(str(text))
            index.add(key, number, label)
            expected.setdefault(key, {}).setdefault(label, []).append(number)
        groups = [group for bucket in range(BUCKETS) for group in index.groups(bucket)]
        assert {key for bucket in range(BUCKETS) for key in index.keys(bucket)} == set(expected)
    assert {group.key: list(group.labels) for group in groups} == {key: list(labels) for key, labels in expected.items()}
    for group in groups:
        for label, rows_of_label in expected[group.key].items():
            assert group.labels[label].count == len(rows_of_label)
            assert group.labels[label].first == rows_of_label[:2]


def test_an_index_on_the_disk_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Buckets that outgrow their memory lose nothing, and can be filled again after they were read."""
    monkeypatch.setattr("contract.duplicates.BUCKET_MEMORY_BYTES", 16)
    with TextIndex() as index:
        for number in range(1000):
            index.add(text_key(str(number % 100)), number)
        assert sum(group.rows for bucket in range(BUCKETS) for group in index.groups(bucket)) == 1000
        index.add(text_key("0"), 1000)
        assert max(group.rows for bucket in range(BUCKETS) for group in index.groups(bucket)) == 11


def test_many_copies_take_no_memory() -> None:
    """A text that fills a file leaves two rows in memory, however many hold it."""
    with TextIndex() as index:
        for number in range(50_000):
            index.add(text_key("same"), number)
        tracemalloc.start()
        groups = [group for bucket in range(BUCKETS) for group in index.groups(bucket)]
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert [group.rows for group in groups] == [50_000]
    assert peak < 1_000_000
