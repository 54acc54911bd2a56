"""fastText's format is read as fastText reads it, computed as fastText computes, and refused where it is damaged."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import fasttext  # type: ignore[import-untyped]  # ships no types
import numpy as np
import pytest
from model_samples import labelled

from contract.blazingtext import decode_label, encode_word, line
from model.confidence import probabilities
from model.fasttext_engine import NEVER, Calibration, FastTextEngine
from model.fasttext_file import read
from model.text.sequences import Sequences
from model.text.tokenizer import Tokenizer
from model.training.spacy_rules import rules_of

RULES = rules_of("en")
TOKENIZER = Tokenizer(RULES)
LABELS = ["brakes", "paint", "radio"]
TEXTS = [text for _, text in labelled(40, seed=9)] + [
    "nothing that was ever met",
    "Ünïcödé wörds, half known: the radio 収音機",
    "</s> and __label__paint are words",
    "the",
]
HEADER = struct.Struct("<2i12id3i2q")


def _saved(path: Path, **settings: Any) -> Any:
    """A model of fastText over the claims, with words in it that fastText would take for something else."""
    rows = [(label, f"{text} Ünïcödé </s>x __label__paint" if at % 5 == 0 else text) for at, (label, text) in enumerate(labelled(240))]
    file = path.with_suffix(".txt")
    file.write_text("".join(f"{line(TOKENIZER(text), label)}\n" for label, text in rows), encoding="utf-8")
    fasttext.FastText.eprint = lambda *_: None
    usual = {"dim": 8, "epoch": 8, "lr": 0.5, "bucket": 3000, "minCount": 1, "thread": 1, "verbose": 0}
    model = fasttext.train_supervised(str(file), **usual | settings)
    model.save_model(str(path))
    return model


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with word pairs; tests must not change it."""
    path = tmp_path_factory.mktemp("fasttext") / "model.bin"
    _saved(path, wordNgrams=2)
    return path


def _engine(path: Path, engine: str = "", labels: Sequence[str] = LABELS) -> FastTextEngine:
    return FastTextEngine(read(path), RULES, labels, Calibration(1.0, [0.0] * len(labels)), engine)


@pytest.mark.parametrize(("words", "buckets"), [(1, 0), (2, 3000), (3, 777)])
@pytest.mark.parametrize("engine", ["", "numpy"])
def test_it_answers_as_fasttext_does(tmp_path: Path, words: int, buckets: int, engine: str) -> None:
    """All probabilities of all texts are fastText's own, for runs of one to three words, whatever cuts the words."""
    path = tmp_path / "model.bin"
    theirs = _saved(path, wordNgrams=words, bucket=buckets)
    ours = _engine(path, engine)
    shares = probabilities(ours.wide(ours.encode(TEXTS).sequences))
    for text, row in zip(TEXTS, shares, strict=True):
        labels, wanted = theirs.predict(" ".join(map(encode_word, TOKENIZER(text))), k=-1)
        found = [row[LABELS.index(decode_label(label))] for label in labels]
        assert np.allclose(found, wanted, atol=3e-5), text  # fastText adds 1e-5 to each before it takes a logarithm


def test_a_text_is_computed_the_same_in_any_company(sound: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bit for bit: alone, among others, and in portions."""
    engine = _engine(sound)
    together = engine.wide(engine.encode(TEXTS).sequences)
    alone = np.concatenate([engine.wide(engine.encode([text]).sequences) for text in TEXTS])
    monkeypatch.setattr("model.fasttext_scores.CHUNK_VALUES", 100)
    portions = engine.wide(engine.encode(TEXTS).sequences)
    assert np.array_equal(together, alone)
    assert np.array_equal(together, portions)


def test_an_erased_word_takes_part_in_nothing(sound: Path) -> None:
    """Explanations erase a word: a text of nothing else is computed from the end of its line alone."""
    engine = _engine(sound)
    erased = Sequences(np.array([1, 1, 1], np.int32), np.array([2, 1], np.int32))
    first, second = engine.wide(erased)
    assert np.array_equal(first, second)


def test_a_label_that_it_does_not_know_is_never_given(sound: Path) -> None:
    """A label that came with a correction after the rows were prepared has no row in the model."""
    engine = _engine(sound, labels=["brakes", "newcomer", "paint", "radio"])
    logits = engine.wide(engine.encode(TEXTS).sequences)
    assert (logits[:, 1] == NEVER).all()
    assert (logits.argmax(axis=1) != 1).all()


def _changed(**fields: int) -> Callable[[bytes], bytes]:
    """A change of fields of the header, by their names in fastText's source."""
    names = (
        "magic version dim ws epoch minCount neg wordNgrams loss model bucket minn maxn lrUpdateRate t size nwords nlabels ntokens pruned"
    )

    def change(body: bytes) -> bytes:
        values = dict(zip(names.split(), HEADER.unpack_from(body), strict=True)) | fields
        return HEADER.pack(*values.values()) + body[HEADER.size :]

    return change


def _with_byte(body: bytes, at: int, byte: int) -> bytes:
    return body[:at] + bytes([byte]) + body[at + 1 :]


def _with_number(number: float) -> Callable[[bytes], bytes]:
    return lambda body: body[:-4] + struct.pack("<f", number)


def _with_buckets(buckets: int) -> Callable[[bytes], bytes]:
    """As many as the header and the matrix itself announce."""

    def change(body: bytes) -> bytes:
        words = HEADER.unpack_from(body)[16]
        shapes = [struct.pack("<?2q", False, words + number, 8) for number in (3000, buckets)]
        assert shapes[0] in body
        return _changed(bucket=buckets)(body).replace(*shapes)

    return change


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda body: b"",
    "only a header": lambda body: body[: HEADER.size],
    "half a header": lambda body: body[: HEADER.size // 2],
    "cut short": lambda body: body[:-1],
    "too long": lambda body: body + b"\0",
    "no magic": _changed(magic=1),
    "a later version": _changed(version=13),
    "word vectors": _changed(model=2),
    "a tree of labels": _changed(loss=1),
    "subwords": _changed(maxn=5),
    "no width": _changed(dim=0),
    "a negative width": _changed(dim=-8),
    "a width beyond memory": _changed(dim=2**31 - 1),
    "buckets beyond memory": _changed(bucket=2**31 - 1),
    "buckets that are not there": _with_buckets(2**26),
    "negative buckets": _changed(bucket=-1),
    "one bucket more": _changed(bucket=3001),
    "no words in a run": _changed(wordNgrams=0),
    "endless runs": _changed(wordNgrams=2**31 - 1),
    "words beyond memory": _changed(size=2**31 - 1, nwords=2**31 - 4),
    "negative words": _changed(size=2, nwords=-1),
    "sizes that do not add up": _changed(size=10),
    "one label": _changed(nlabels=1),
    "pruned": _changed(pruned=5),
    "a word that never ends": lambda body: body[: HEADER.size] + b"x" * 2000 + body[HEADER.size + 2000 :],
    "a label among the words": lambda body: _with_byte(body, body.index(b"\0", HEADER.size) + 9, 1),
    "not a number": _with_number(float("nan")),
    "infinite": _with_number(float("inf")),
    "huge": _with_number(3e38),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_a_damaged_file_is_refused(sound: Path, tmp_path: Path, name: str) -> None:
    """Whatever a stranger writes into it: an error that can be told, and no memory is taken for what it claims."""
    path = tmp_path / "model.bin"
    path.write_bytes(DAMAGE[name](sound.read_bytes()))
    with pytest.raises(ValueError, match=r"\b(it|its) "):
        read(path)


def test_quantized_matrices_are_refused(sound: Path, tmp_path: Path) -> None:
    """Their rows are codes of another kind; the flag before each matrix says so."""
    body = sound.read_bytes()
    found = read(sound)
    output_bytes = found.output.nbytes + 17
    for at in (len(body) - output_bytes, len(body) - output_bytes - found.input.nbytes - 17):
        path = tmp_path / "model.bin"
        path.write_bytes(_with_byte(body, at, 1))
        with pytest.raises(ValueError, match="quantized"):
            read(path)


@pytest.mark.parametrize("settings", [{"dim": 8}, {"dim": 200, "wordNgrams": 2}])
def test_what_fasttext_itself_quantized_is_told(tmp_path: Path, settings: dict[str, int]) -> None:
    """Such a file is much shorter than its header announces, and the sentence says why."""
    path = tmp_path / "model.bin"
    model = _saved(path, epoch=1, **settings)
    model.quantize()
    model.save_model(str(path))
    with pytest.raises(ValueError, match="quantized"):
        read(path)


def test_a_word_twice_is_refused(sound: Path, tmp_path: Path) -> None:
    """Ids would not tell which of the two is meant."""
    body, words = sound.read_bytes(), [word for word in read(sound).words if word.isalpha() and word.isascii()]
    one, other = next((a, b) for a in words for b in words if a < b and len(a) == len(b))
    places = [body.index(f"{word}\0".encode(), HEADER.size) for word in (one, other)]
    path = tmp_path / "model.bin"
    path.write_bytes(body[: places[0]] + other.encode() + body[places[0] + len(one) :])
    with pytest.raises(ValueError, match="twice"):
        read(path)
