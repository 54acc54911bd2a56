"""The kit's own LSTM in ONNX Runtime, behind the usual compiled regular expression.

Built from the weights of the kit's model artifact; the wide part is left out. Each chunk is sorted by length
and padded batch by batch, as one would do it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime  # type: ignore[import-not-found]  # of the benchmarks' own environment
from onnx import TensorProto, helper, numpy_helper  # type: ignore[import-not-found]  # likewise

from benchmarks.peers.batch import Answer, arguments, run
from benchmarks.peers.words import words

FloatArray = npt.NDArray[np.float32]

BATCH_SIZE = 64  # 32 to 256 gave the same within a fifth
UNKNOWN, FIRST_WORD = 1, 2  # ids of the kit's vocabulary
OPSET = 17  # the last one whose reductions take their axes as an attribute
IR_VERSION = 8


def network(weights: dict[str, FloatArray]) -> bytes:
    """An ONNX model: ids (T, B), lengths (B,), mask (T, 1, B, 1) to logits (B, C)."""
    directions = [name for name in ("forward", "backward") if f"{name}.0.input" in weights]
    units = weights["forward.0.hidden"].shape[1]
    stacked = {
        "embedding": weights["embedding"],
        "W": np.stack([_gates(weights[f"{name}.0.input"]) for name in directions]),
        "R": np.stack([_gates(weights[f"{name}.0.hidden"]) for name in directions]),
        "B": np.stack([np.concatenate([_gates(weights[f"{name}.0.bias"]), np.zeros(4 * units, np.float32)]) for name in directions]),
        "output": np.ascontiguousarray(weights["output"].T),
        "output_bias": weights["output.bias"],
        "lowest": np.array(-1.0, np.float32),  # a state is never below
        "shape": np.array([0, -1], np.int64),
        "column": np.array([-1, 1], np.int64),
    }
    node = helper.make_node
    way = "bidirectional" if len(directions) > 1 else "forward"
    nodes = [
        node("Gather", ["embedding", "ids"], ["embedded"]),
        node("LSTM", ["embedded", "W", "R", "B", "lengths"], ["states"], hidden_size=units, direction=way),  # (T, D, B, H)
        node("Where", ["mask", "states", "lowest"], ["masked"]),
        node("ReduceMax", ["masked"], ["highest"], axes=[0], keepdims=0),  # (D, B, H)
        node("ReduceSum", ["states", "first_axis"], ["total"], keepdims=0),  # what lies behind a text is zero
        node("Cast", ["lengths"], ["float_lengths"], to=TensorProto.FLOAT),
        node("Reshape", ["float_lengths", "column"], ["divisor"]),
        node("Div", ["total", "divisor"], ["mean"]),
        node("Transpose", ["highest"], ["highest_by_text"], perm=[1, 0, 2]),
        node("Transpose", ["mean"], ["mean_by_text"], perm=[1, 0, 2]),
        node("Reshape", ["highest_by_text", "shape"], ["left"]),
        node("Reshape", ["mean_by_text", "shape"], ["right"]),
        node("Concat", ["left", "right"], ["features"], axis=1),
        node("Gemm", ["features", "output", "output_bias"], ["logits"]),
    ]
    stacked["first_axis"] = np.array([0], np.int64)
    inputs = [
        helper.make_tensor_value_info("ids", TensorProto.INT32, ["T", "B"]),
        helper.make_tensor_value_info("lengths", TensorProto.INT32, ["B"]),
        helper.make_tensor_value_info("mask", TensorProto.BOOL, ["T", 1, "B", 1]),
    ]
    outputs = [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["B", "C"])]
    constants = [numpy_helper.from_array(values, name) for name, values in stacked.items()]
    graph = helper.make_graph(nodes, "lstm", inputs, outputs, constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
    serialised: bytes = model.SerializeToString()
    return serialised


def _gates(values: FloatArray) -> FloatArray:
    """From MXNet's order of the gates (input, forget, candidate, output) to ONNX's (input, output, forget, candidate)."""
    i, f, c, o = np.split(values, 4)
    return np.concatenate([i, o, f, c])


class OnnxLstm:
    """Logits of texts, from the folder of a model artifact of the kit."""

    def __init__(self, folder: Path) -> None:
        entries = json.loads((folder / "model.json").read_bytes())
        known = json.loads((folder / "vocabulary.json").read_bytes())
        with np.load(folder / "weights.npz") as weights:
            arrays = {name: np.asarray(weights[name]) for name in weights.files if not name.startswith("wide.")}
        if "forward.1.input" in arrays:
            raise ValueError("The model has several layers; this peer knows the default recipe, which has one.")
        self.labels: list[str] = entries["labels"]
        self._max_tokens = int(entries["max_tokens"])
        self._ids = {word: at for at, word in enumerate(known[: len(arrays["embedding"]) - FIRST_WORD], FIRST_WORD)}
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # the cores are used by processes
        self._session: Any = onnxruntime.InferenceSession(network(arrays), options, providers=["CPUExecutionProvider"])

    def __call__(self, texts: list[str]) -> FloatArray:
        """(N, C) logits."""
        encoded = [np.array([self._ids.get(word, UNKNOWN) for word in self._cut(words(text))] or [UNKNOWN], np.int32) for text in texts]
        lengths = np.array([len(ids) for ids in encoded], np.int32)
        logits = np.empty((len(texts), len(self.labels)), np.float32)
        order = np.argsort(lengths, kind="stable")
        for start in range(0, len(order), BATCH_SIZE):
            rows = order[start : start + BATCH_SIZE]
            ids = np.zeros((int(lengths[rows].max()), len(rows)), np.int32)
            for column, row in enumerate(rows):
                ids[: lengths[row], column] = encoded[row]
            mask = (np.arange(len(ids))[:, None] < lengths[rows])[:, None, :, None]
            (logits[rows],) = self._session.run(None, {"ids": ids, "lengths": lengths[rows], "mask": mask})
        return logits

    def _cut(self, found: list[str]) -> list[str]:
        """A long text's head and tail, a quarter and three quarters."""
        if len(found) <= self._max_tokens:
            return found
        head = self._max_tokens // 4
        return found[:head] + found[len(found) - (self._max_tokens - head) :]


def main() -> None:
    """Classify a file."""
    given = arguments()
    forward = OnnxLstm(given.model)

    def classify(texts: list[str]) -> list[Answer]:
        logits = forward(texts)
        odds = np.exp(logits - logits.max(axis=1, keepdims=True))
        best = logits.argmax(axis=1)
        confidences = odds[np.arange(len(best)), best] / odds.sum(axis=1)
        return [(forward.labels[at], f"{confidence:.4f}") for at, confidence in zip(best, confidences, strict=True)]

    run(given, classify)


if __name__ == "__main__":
    main()
