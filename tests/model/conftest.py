"""A model that is trained once for all tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from model_samples import labelled, train_on, write_csv

from contract.evaluations import Evaluation

MXNET_WARNING = "ignore:Please import `csr_matrix`:DeprecationWarning"  # mx.nd.array looks for SciPy's matrices under an old name


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """MXNet's own warning is no failure of the tests in this folder."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.filterwarnings(MXNET_WARNING))


@pytest.fixture(scope="session", autouse=True)
def short_epochs() -> Iterator[None]:
    """One pass an epoch is enough for the small files here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("model.training.deep_fitting.STEPS_PER_SMALL_EPOCH", 1)
        yield


@pytest.fixture(scope="session")
def claims(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A training file of three labels."""
    return write_csv(tmp_path_factory.mktemp("claims") / "claims.csv", labelled(240))


@pytest.fixture(scope="session")
def trained(claims: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Evaluation]:
    """A model trained on `claims`, and its evaluation; tests must not change the folder."""
    out = tmp_path_factory.mktemp("trained")
    return out, train_on(claims, out)
