"""The shape of the network and the names and shapes of its weights, as they lie in the artifact."""

from __future__ import annotations

from dataclasses import dataclass

GATES = 4  # of an LSTM, in MXNet's order: input, forget, candidate, output
POOLINGS = 2  # maximum and mean over the text
DIRECTIONS = ("forward", "backward")


@dataclass(frozen=True)
class Architecture:
    """Sizes of the network. V words, E wide vectors, H units, C labels."""

    words: int  # V, with the two special ones
    embedding_size: int  # E
    hidden_units: int  # H
    layers: int
    is_bidirectional: bool
    labels: int  # C

    @property
    def directions(self) -> tuple[str, ...]:
        """The directions in which the text is read."""
        return DIRECTIONS if self.is_bidirectional else DIRECTIONS[:1]

    @property
    def features(self) -> int:
        """Width of what the output layer sees."""
        return POOLINGS * len(self.directions) * self.hidden_units

    def weight_shapes(self) -> dict[str, tuple[int, ...]]:
        """Every weight's name and shape; all are float32."""
        gates = GATES * self.hidden_units
        shapes: dict[str, tuple[int, ...]] = {"embedding": (self.words, self.embedding_size)}
        for direction in self.directions:
            for layer in range(self.layers):
                name = f"{direction}.{layer}"
                shapes[f"{name}.input"] = (gates, self.hidden_units if layer else self.embedding_size)
                shapes[f"{name}.hidden"] = (gates, self.hidden_units)
                shapes[f"{name}.bias"] = (gates,)
        return shapes | {"output": (self.labels, self.features), "output.bias": (self.labels,)}
