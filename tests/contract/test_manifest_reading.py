"""Augmented manifests as labelling jobs write them, and as they come damaged."""

from __future__ import annotations

import gzip
import io
import json
from pathlib import Path
from typing import Any

import pytest

from contract import json_lines, manifest
from contract.errors import UserError
from contract.manifest import Annotation, DroppedLine, LineFault, ManifestReader, open_manifest, read_sources

NAME = "output.manifest"

# The form of a Ground Truth job on tweets, as the seed's: one worker's 0.0, several workers' shares, entities, escapes, a cloned job.
SEED = rb"""
{"source":"Ann Lee,2019-01-04 17:34:02,b'RT @Expo: programme out \\n\\nhttps://t.co/3Qu \\xe2\\x80'","tag-clone":1,"tag-clone-metadata":{"confidence":0.62,"job-name":"labeling-job/tag-clone","class-name":"Marketing","human-annotated":"yes","creation-date":"2019-01-08T18:53:17.309395","type":"groundtruth/text-classification"}}
{"source":"How to grow \u003d\u0026gt; it&#39;s &quot;easy&quot; #javascript","tag-clone":0,"tag-clone-metadata":{"confidence":0.92,"job-name":"labeling-job/tag-clone","class-name":"Tips","human-annotated":"yes","creation-date":"2019-01-08T20:23:38.667523","type":"groundtruth/text-classification"}}
{"source":"A bad day","tag-clone":"1","tag-clone-metadata":{"class-name":"Marketing","confidence":0.00,"type":"groundtruth/text-classification","job-name":"label-mood","human-annotated":"yes","creation-date":"2018-10-18T22:18:13.527256"}}
{"source":"Nobody answered","tag-clone-metadata":{"job-name":"labeling-job/tag-clone","retry-count":3,"failure-reason":"ClientError: the task expired","human-annotated":"yes"}}
""".lstrip()  # noqa: E501  # lines of such a file are this long


def _line(**changes: Any) -> bytes:
    """A sound line but for the changes; those to the metadata are under `metadata`."""
    metadata = {"class-name": "defect", "confidence": 0.9, "type": "groundtruth/text-classification"} | changes.pop("metadata", {})
    fields = {"source": "It leaks", "kind": 1, "kind-metadata": metadata} | changes
    return json.dumps({name: value for name, value in fields.items() if value is not ...}).encode() + b"\n"


def _read(content: bytes, attribute: str = "") -> list[Annotation | DroppedLine]:
    return list(ManifestReader(io.BytesIO(content), NAME, attribute))


def _faults(content: bytes) -> list[tuple[int, LineFault, str]]:
    return [tuple(read) for read in _read(content) if isinstance(read, DroppedLine)]  # type: ignore[misc]  # of three, as it says


def test_a_file_of_the_seeds_shape_gives_its_rows() -> None:
    """Labels from class-name, confidences, decoded entities, and the failed annotation with its line; a single worker's 0 is none."""
    first, *others = _read(SEED)
    assert isinstance(first, Annotation)
    assert (first.label, first.confidence) == ("Marketing", 0.62)
    assert first.text.endswith("programme out \\n\\nhttps://t.co/3Qu \\xe2\\x80'")
    assert others == [
        Annotation(2, 'How to grow => it\'s "easy" #javascript', "Tips", 0.92),
        Annotation(3, "A bad day", "Marketing", None),
        DroppedLine(4, LineFault.FAILED, "has a 'failure-reason'"),
    ]


def test_the_integer_is_never_the_label() -> None:
    """Two jobs number their categories as they like."""
    assert [read.label for read in _read(_line(kind=7) + _line(kind="x") + _line(kind=...)) if isinstance(read, Annotation)] == [
        "defect"
    ] * 3


@pytest.mark.parametrize(("confidence", "read"), [(0.5, 0.5), ("0.5", 0.5), (1, 1.0), (0, None), ("0.00", None), (None, None)])
def test_a_confidence_is_read_as_a_share(confidence: object, read: float | None) -> None:
    """Also as a string; 0 is none, for the likeliest of some labels has more."""
    (annotation,) = _read(_line(metadata={"confidence": confidence}))
    assert isinstance(annotation, Annotation)
    assert annotation.confidence == read


@pytest.mark.parametrize("confidence", [-0.1, 1.01, float("nan"), float("inf"), True, "high", [0.5], 10**400])
def test_a_confidence_that_is_none_costs_its_line(confidence: object) -> None:
    """A weight would come of it."""
    assert _faults(_line(metadata={"confidence": confidence})) == [
        (1, LineFault.UNREADABLE, "has a confidence that is no number from 0 to 1")
    ]


@pytest.mark.parametrize(
    ("metadata", "reason"),
    [
        ({"failure-reason": "ClientError"}, "has a 'failure-reason'"),
        ({"failure-reason": "ClientError", "class-name": None}, "has a 'failure-reason'"),
        ({"class-name": None}, "has no 'class-name'"),
        ({"class-name": "  "}, "has no 'class-name'"),
        ({"class-name": True}, "has no 'class-name'"),
        ({"class-name": ["a"]}, "has no 'class-name'"),
        ({"confidence": 0.0, "human-annotated": "no"}, "has a label by a machine without any confidence"),
    ],
)
def test_an_annotation_that_failed_is_dropped(metadata: dict[str, object], reason: str) -> None:
    """Whatever its integer says."""
    assert _faults(_line(metadata=metadata)) == [(1, LineFault.FAILED, reason)]


def test_entities_are_decoded_once() -> None:
    """What the labelling tool encoded comes back as it was, and if that was an entity, it stays one."""
    (annotation,) = _read(_line(source="a &amp;lt; b &#x1F600; &nbsp;c & d &unknown;"))
    assert isinstance(annotation, Annotation)
    assert annotation.text == "a &lt; b \U0001f600 \xa0c & d &unknown;"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"{", "is no JSON"),
        (b"[" * 100_000, "is no JSON"),
        (b'{"n": ' + b"1" * 5000 + b"}", "is no JSON"),
        (b'["source"]', "is no JSON object"),
        (b'{"source": "\xff"}', "holds bytes that are not UTF-8"),
        (_line(source=...), "has no text named 'source'"),
        (_line(source=5), "has no text named 'source'"),
        (_line(source="\ud800"), "holds half of a character"),
        (_line(metadata={"class-name": "\udc00"}), "holds half of a character"),
    ],
)
def test_a_bad_line_costs_no_other(line: bytes, reason: str) -> None:
    """It is dropped with its number, and the line below it is read."""
    bad, good = _read(_line() + line.rstrip(b"\n") + b"\n" + _line())[1:]
    assert bad == DroppedLine(2, LineFault.UNREADABLE, reason)
    assert good.number == 3


def test_a_line_is_longer_than_any(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its rest is passed over in pieces, so that no file fills the memory; one that is just as long is read."""
    for module in (json_lines, manifest):
        monkeypatch.setattr(module, "MAX_LINE_BYTES", 500)
    longest = _line(source="x" * (500 - len(_line(source=""))))
    assert len(longest) == 500
    reads = _read(longest + _line(source="x" * 5000) + _line() + _line(source="x" * 5000).rstrip(b"\n"))
    assert [read.number for read in reads if isinstance(read, Annotation)] == [1, 3]
    reason = "is longer than 500 bytes"
    assert [read[:3] for read in reads if isinstance(read, DroppedLine)] == [
        (2, LineFault.UNREADABLE, reason),
        (4, LineFault.UNREADABLE, reason),
    ]


def test_marks_line_ends_and_blank_lines_are_passed_over() -> None:
    """Files come from Windows too; blank lines count, as an editor counts them, and other line breaks of Unicode are text."""
    content = b"\xef\xbb\xbf\r\n" + _line(source="a\u2028b").replace(b"\n", b"\r\n") + b"  \r\n" + _line().rstrip(b"\n")
    assert [read.number for read in _read(content)] == [2, 4]


def test_unknown_fields_are_nobodys_business() -> None:
    """An input manifest's own fields stay in the output; metadata that is no object is none, nor is one that no labelling job writes."""
    mail = {"document-metadata": {"type": "email", "job-name": "nightly"}}
    assert not _faults(_line(id=5, **{"post-metadata": "x", "-metadata": {}, "customer-metadata": {"id": 7}, "customer": "Ann"} | mail))


def test_of_several_annotations_the_named_one_counts() -> None:
    """Chained jobs write into one file; a line that waits for the named one is told apart from one whose annotation failed."""
    other = {"mood": 0, "mood-metadata": {"class-name": "sad", "confidence": 0.4}}
    content = _line(**other) + _line() + _line(kind=..., **{"kind-metadata": ...}, **other) + b'{"source": "a"}\n'
    with pytest.raises(
        UserError, match=r"more than one annotation up to line 1: 'kind', 'mood'\. Please name the right one .*--label-column NAME"
    ):
        _read(content)
    with pytest.raises(UserError, match=r"'kind', 'mood' and none is 'color', which was named as the label column .* settings\. Please"):
        _read(content, "color")
    with pytest.raises(UserError, match=r"and none is 'Mood', which was named as the label column .*\. Did you mean 'mood'\? Please"):
        _read(content, "Mood")
    reads = _read(content, "mood")
    assert [(read.label, read.confidence) for read in reads if isinstance(read, Annotation)] == [("sad", 0.4)] * 2
    assert _faults(_line() + b'{"source": "a"}\n') == [(2, LineFault.UNLABELLED, "has no annotation")]


def test_an_only_annotation_counts_whatever_the_settings_name() -> None:
    """They name the label column of tables; one that comes with a second name further down is refused all the same."""
    assert not [read for read in _read(_line(), "category") if isinstance(read, DroppedLine)]
    with pytest.raises(UserError, match="up to line 2: 'kind', 'color' and none is 'category'"):
        _read(_line() + _line(**{"color-metadata": {"class-name": "a"}}), "category")


def test_the_named_annotation_is_looked_for_in_the_whole_file() -> None:
    """A job that goes on with another one's output leaves lines that have the earlier annotation alone, also above its own."""
    later = _line(**{"category-metadata": {"class-name": "a"}})
    other, own, none = _read(_line() + later + b"{\n", "category")
    assert other == DroppedLine(1, LineFault.UNLABELLED, "has no annotation")
    assert isinstance(own, Annotation)
    assert own.label == "a"
    assert none == DroppedLine(3, LineFault.UNREADABLE, "is no JSON")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is empty"),
        (b"\n \n", "is empty"),
        (b"text,label\nIt leaks,defect\n", r"has 2 lines, and none with an annotation.* \(line 1 is no JSON\)"),
        (b'{"source": "a"}\n', r"has 1 line, and none .* \(line 1 has no annotation\)"),
        (_line().decode().encode("utf-16"), "UTF-16"),
        (_line(source=..., **{"source-ref": "s3://b/t.txt"}), "each line refers to its text by 'source-ref'"),
        (_line(**{"kind-metadata": {"class-map": {"0": "a"}}}), r"several labels \('class-map', in the annotation 'kind'\)"),
        (b"[" + _line().strip() + b"]\n", "holds a JSON array, and a manifest has one JSON object a line"),
        (b"[\n" + _line().strip() + b",\n]\n", "holds a JSON array"),
    ],
)
def test_a_file_without_labels_is_refused(content: bytes, sentence: str) -> None:
    """In a sentence that says what was found."""
    with pytest.raises(UserError, match=sentence):
        _read(content)


@pytest.mark.parametrize(
    ("line", "dropped"),
    [
        (
            _line(source=..., **{"source-ref": "s3://b/t.txt"}),
            DroppedLine(2, LineFault.ELSEWHERE, "refers to its text by 'source-ref'"),
        ),
        (
            _line(**{"kind-metadata": {"class-map": {"0": "a"}}}),
            DroppedLine(2, LineFault.SEVERAL, "gives its text several labels, 'class-map'"),
        ),
    ],
)
def test_a_line_of_another_task_costs_itself_alone(line: bytes, dropped: DroppedLine) -> None:
    """A file of nothing else is refused; with one sound line among them the others are left out, in an input manifest, too."""
    first, second, third = _read(_line() + line + _line())
    assert (first.number, second, third.number) == (1, dropped, 3)
    sources = list(read_sources(io.BytesIO(_line() + line), NAME))
    assert isinstance(sources[1], DroppedLine) == (dropped.fault == LineFault.ELSEWHERE)
    if dropped.fault == LineFault.ELSEWHERE:
        with pytest.raises(UserError, match="each line refers to its text by 'source-ref'"):
            list(read_sources(io.BytesIO(line + line), NAME))


def test_a_gzip_is_read_and_a_damaged_one_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As tables are; what unpacks to more than any table does is not read to its end."""
    path = tmp_path / "a.jsonl"
    path.write_bytes(gzip.compress(SEED))
    with monkeypatch.context() as bounds:
        bounds.setattr("contract.unpacking.ALWAYS_UNPACKED_BYTES", len(SEED))
        bounds.setattr("contract.unpacking.MAX_GZIP_RATIO", 1)
        for wanted in ("", "tag-clone", "no such"):  # a name is looked for before, which counts as nothing that is unpacked
            with open_manifest(path) as stream:
                assert len(list(ManifestReader(stream, NAME, wanted))) == 4
    path.write_bytes(gzip.compress(SEED)[:-20])
    with open_manifest(path) as stream, pytest.raises(UserError, match="damaged gzip"):
        list(ManifestReader(stream, NAME))
    monkeypatch.setattr("contract.unpacking.ALWAYS_UNPACKED_BYTES", 1000)
    path.write_bytes(gzip.compress(b"\n" * 1_000_000))
    with open_manifest(path) as stream, pytest.raises(UserError, match="unpacks to more than"):
        list(ManifestReader(stream, NAME))


def test_an_input_manifest_gives_its_texts_as_they_are() -> None:
    """No page has encoded them, and fields beside the text are handed on."""
    reads = list(read_sources(io.BytesIO(b'{"source": "a &amp; b", "id": "m:1"}\n\nx\n{"source": null}\n'), NAME))
    assert reads == [
        (1, "a &amp; b", {"source": "a &amp; b", "id": "m:1"}),
        DroppedLine(3, LineFault.UNREADABLE, "is no JSON"),
        DroppedLine(4, LineFault.UNREADABLE, "has no text named 'source'"),
    ]
