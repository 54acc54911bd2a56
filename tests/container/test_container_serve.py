"""The verb `serve` as a process: what SageMaker's endpoints ask of it."""

from __future__ import annotations

import csv
import io
import json
import signal
import socket
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from threading import Event
from typing import Any, NamedTuple

import pytest
from container_cases import start, write_table

from container.live_app import LiveApp
from container.micro_batches import MicroBatches
from contract.live import CSV, JSON, JSON_LINES, MAX_BODY_BYTES, Question
from contract.live import Reply as Said
from contract.table import neutralise

CLAIM = "my landlord's name is Zyxwvut"


class Reply(NamedTuple):
    """An answer over HTTP."""

    status: int
    body: str
    headers: dict[str, str]

    @property
    def error(self) -> str:
        """The sentence of a refusal."""
        said: str = json.loads(self.body)["error"]
        return said


class Server:
    """A serving process."""

    def __init__(self, root: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self.process = start("serve", "--root", str(root), "--port", str(self.port))

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> Reply:
        """One request on a connection of its own."""
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=60)) as connection:
            connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
            response = connection.getresponse()
            return Reply(response.status, response.read().decode(), dict(response.getheaders()))

    def invoke(self, body: Any, content_type: str = JSON, **headers: str) -> Reply:
        """POST /invocations; a body that is no bytes goes as JSON."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.ask("POST", "/invocations", content, Content_Type=content_type, **headers)

    def wait(self) -> None:
        """Until it is healthy."""
        end = time.monotonic() + 60
        while time.monotonic() < end:
            assert self.process.poll() is None, self.process.communicate()[0]
            try:
                if self.ask("GET", "/ping").status == 200:
                    return
            except ConnectionError:
                time.sleep(0.05)
        raise AssertionError("it never answered")


def ask(app: LiveApp, text: str) -> tuple[str, str]:
    """Status and body of the answer to one text, in this process."""
    said: list[str] = []
    body = json.dumps({"instances": [text]}).encode()
    environ = {"PATH_INFO": "/invocations", "REQUEST_METHOD": "POST", "CONTENT_LENGTH": str(len(body)), "wsgi.input": io.BytesIO(body)}
    answer = b"".join(app(environ, lambda status, _: said.append(status)))
    return said[0], answer.decode()


@pytest.fixture(scope="module")
def server(trained: Path) -> Iterator[Server]:
    """A server with the trained model."""
    server = Server(trained)
    try:
        server.wait()
        yield server
    finally:
        server.process.kill()
        server.process.communicate()


def test_answers_are_the_predictions_of_a_file(server: Server, trained: Path, tmp_path: Path) -> None:
    """The same texts have the same labels and confidence behind the endpoint and in a batch, in each type."""
    texts = ["the pump leaks oil", "the screen stays dark", 'a "quoted", text', "", "刹车坏了"]
    table = write_table(tmp_path / "claims.csv", [["text", "n"], *([text, "1"] for text in texts)])
    process = start("predict", "--root", str(trained), "--input", str(table), "--output", str(tmp_path / "out"))
    log, _ = process.communicate()
    assert process.returncode == 0, log
    with (tmp_path / "out" / "claims_results.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    expected = [(row["predicted_label"], row["confidence"]) if row["predicted_label"] else ("", "") for row in rows]
    answers = json.loads(server.invoke({"instances": texts, "configuration": {"k": 2}}).body)
    found = [(neutralise(answer["label"][0]), f"{answer['prob'][0]:.4f}") if answer["label"] else ("", "") for answer in answers]
    assert found == expected
    assert [len(answer["label"]) for answer in answers] == [2 if text else 0 for text in texts]
    lines = "".join(json.dumps({"source": text}) + "\n" for text in texts).encode()
    assert [json.loads(line)["label"] for line in server.invoke(lines, JSON_LINES).body.splitlines()] == [
        answer["label"][:1] for answer in answers
    ]
    reply = server.invoke({"instances": texts}, Accept=f"{CSV}, */*")
    assert reply.headers["Content-Type"] == CSV
    assert [tuple(row) for row in csv.reader(reply.body.splitlines())] == expected


def test_reviews_are_those_of_a_file(server: Server, trained: Path, tmp_path: Path) -> None:
    """Whoever asks is told whether a person should look, for the reason that a batch gives, and by which model."""
    texts = ["the pump leaks oil", "the parcel came late, number 3", "", "刹车坏了"]
    table = write_table(tmp_path / "claims.csv", [["text", "n"], *([text, "1"] for text in texts)])
    process = start("predict", "--root", str(trained), "--input", str(table), "--output", str(tmp_path / "out"))
    log, _ = process.communicate()
    assert process.returncode == 0, log
    with (tmp_path / "out" / "claims_results.csv").open(encoding="utf-8-sig", newline="") as file:
        expected = [(row["needs_review"] == "yes", row["review_reason"]) for row in csv.DictReader(file)]
    answers = json.loads(server.invoke({"instances": texts, "configuration": {"review": True}}).body)
    assert [(answer["needs_review"], answer["review_reason"]) for answer in answers] == expected
    assert {answer["model_version"] for answer in answers} == {7}
    assert not any("words" in answer for answer in answers)


def test_explanations_name_words_of_the_text(server: Server) -> None:
    """The words that spoke most for the best label come first, those against it after; each line asks for itself."""
    lines = '{"source": "the parcel came late", "explain": true}\n{"source": "the parcel came late"}\n{"source": "", "explain": true}\n'
    told, plain, empty = map(json.loads, server.invoke(lines.encode(), JSON_LINES).body.splitlines())
    assert plain.keys() == {"label", "prob"}
    assert (told["label"], told["prob"]) == (plain["label"], plain["prob"])
    assert 0 < len(told["words"]) <= 10
    assert {word for word, _ in told["words"]} <= {"the", "parcel", "came", "late"}
    signs = [weight > 0 for _, weight in told["words"]]
    assert signs == sorted(signs, reverse=True)
    assert signs[0]
    assert (empty["label"], empty["words"]) == ([], [])


@pytest.mark.parametrize(
    ("method", "path", "headers", "status", "said"),
    [
        ("GET", "/", {}, 404, "nothing at '/'"),
        ("POST", "/ping", {}, 405, "/ping takes GET only"),
        ("GET", "/invocations", {}, 405, "/invocations takes POST only"),
        ("POST", "/invocations", {"Content_Type": "image/png"}, 415, "'image/png' cannot be read"),
        ("POST", "/invocations", {"Content_Type": "application/json; charset=utf-8"}, 400, "no JSON"),
        ("POST", "/invocations", {}, 400, "no JSON"),
    ],
)
def test_a_wrong_request_is_refused_in_a_sentence(
    server: Server, method: str, path: str, headers: dict[str, str], status: int, said: str
) -> None:
    """A status of the 400s, and JSON that says what is wrong."""
    reply = server.ask(method, path, b"?" if method == "POST" else b"", **headers)
    assert (reply.status, reply.headers["Content-Type"]) == (status, JSON)
    assert said in reply.error


def test_a_large_body_is_refused(server: Server) -> None:
    """A body beyond the limit is told its size; the server goes on."""
    reply = server.invoke(b"x" * (MAX_BODY_BYTES + 1), CSV)
    assert reply.status == 413
    assert "6,291,457 bytes" in reply.error
    assert server.ask("GET", "/ping").status == 200


@pytest.mark.parametrize(
    ("request_head", "status", "said"),
    [
        (f"POST /invocations HTTP/1.1\r\nContent-Length: {3 * MAX_BODY_BYTES}\r\n\r\n", 413, "far beyond the 6,291,456 bytes"),
        ("POST /invocations HTTP/1.1\r\nContent-Length: many\r\n\r\n", 400, "cannot be read as HTTP"),
        (f"GET /ping HTTP/1.1\r\nX: {'x' * 300_000}\r\n\r\n", 431, "cannot be read as HTTP"),
    ],
)
def test_what_the_server_itself_refuses_is_json_too(server: Server, request_head: str, status: int, said: str) -> None:
    """A body or a header beyond every limit, and what is no HTTP: refused before it is read, in a sentence."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as connection:
        with suppress(ConnectionError):  # the rest of a header may find its connection closed
            connection.sendall(request_head.encode())
        answer = HTTPResponse(connection)
        answer.begin()
        assert (answer.status, answer.getheader("Content-Type")) == (status, JSON)
        assert said in json.loads(answer.read())["error"]
    assert server.ask("GET", "/ping").status == 200


def test_many_at_once_get_their_own_answers(server: Server) -> None:
    """Requests that are classified together are not mixed up."""
    texts = [f"the pump leaks oil {number} " * (1 + number % 7) for number in range(200)]
    alone = [server.invoke({"instances": [text]}).body for text in texts[:20]]
    with ThreadPoolExecutor(24) as pool:
        together = list(pool.map(lambda text: server.invoke({"instances": [text]}).body, texts))
    assert together[:20] == alone
    assert all(json.loads(body)[0]["label"] for body in together)


def test_a_stop_answers_what_is_under_way_and_logs_no_text(trained: Path) -> None:
    """SIGTERM ends it with status 0, after the last answer; no text is in its log."""
    server = Server(trained)
    server.wait()
    many = {"instances": [CLAIM * 300] * 200}
    with ThreadPoolExecutor(4) as pool:
        answers = [pool.submit(server.invoke, many) for _ in range(4)]
        time.sleep(0.2)
        server.process.send_signal(signal.SIGTERM)
        replies = [answer.result() for answer in answers]
    log, _ = server.process.communicate(timeout=60)
    assert server.process.returncode == 0, log
    assert {reply.status for reply in replies} <= {200, 503}
    assert any(reply.status == 200 for reply in replies)
    assert all(reply.headers["Retry-After"] for reply in replies if reply.status == 503)
    assert "Zyxwvut" not in log
    entries = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    assert {"status", "instances", "milliseconds"} <= entries[0].keys()


def test_a_port_that_is_taken_is_named(server: Server, trained: Path) -> None:
    """A second server on one port ends in a sentence."""
    process = start("serve", "--root", str(trained), "--port", str(server.port))
    log, _ = process.communicate(timeout=60)
    assert process.returncode == 2
    assert f"Port {server.port} cannot be opened" in log


def test_without_a_model_it_never_opens_its_port(tmp_path: Path) -> None:
    """A missing model ends it in a sentence."""
    process = start("serve", "--root", str(tmp_path))
    log, _ = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "cannot be used" in log


def test_a_defect_says_nothing_of_the_text(capfd: pytest.CaptureFixture[str]) -> None:
    """What nobody foresaw is a 500 whose answer and log do not hold the text, even where the error's words do."""

    def broken(questions: Sequence[Question]) -> Any:
        raise RuntimeError(f"cannot digest {questions[0].text}")

    with MicroBatches(broken) as batches:
        status, answer = ask(LiveApp(batches), CLAIM)
    assert status == "500 Internal Server Error"
    log = capfd.readouterr()
    assert "RuntimeError" in log.err
    assert "Zyxwvut" not in log.out + log.err + answer


def test_a_text_whose_answer_comes_too_late_is_not_classified(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asked has been told to come again, and those who still wait do not wait for it, too."""
    classified: list[Sequence[str]] = []
    begun, go = Event(), Event()

    def slow(questions: Sequence[Question]) -> list[Said]:
        classified.append([question.text for question in questions])
        begun.set()
        assert go.wait(30)
        return [Said([("claim", 1.0)]) for _ in questions]

    monkeypatch.setattr("container.live_app.MAX_SECONDS", 0.01)
    with MicroBatches(slow) as batches:
        batches.submit([Question("first", 1)])
        assert begun.wait(30)
        status, answer = ask(LiveApp(batches), "late")
        patient = batches.submit([Question("patient", 1)])
        go.set()
        assert patient.result(30)
    assert status == "503 Service Unavailable"
    assert "wait for an answer" in answer
    assert classified == [["first"], ["patient"]]


def test_it_loads_neither_mxnet_nor_spacy_nor_pandas(server: Server) -> None:
    """The libraries of the training are not in the serving process."""
    loaded = Path(f"/proc/{server.process.pid}/maps").read_text()
    assert "numpy" in loaded
    assert not [name for name in ("mxnet", "spacy", "pandas") if f"/{name}/" in loaded]
