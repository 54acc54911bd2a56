"""One local cloud for all end-to-end tests: the synthesized templates, the real Lambda code, the container's verbs.

The tests work through `kit` as a person would, and through boto3 where a person has no command.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from deployed_policies import Recording
from local_kit import ASSEMBLY, COLLECTING, QUICK_TRAININGS, SAMPLES, LocalKit
from weather import CLAIMS, SEED, SetFaults, results

from contract.records import Job
from kit.assembly import LOCAL_CONTEXT, synthesize
from local.cloud import start
from local.faults import set_faults

# Every permission that a setting adds is there, to be compared with what is called; the tear-down's cloud has none of them.
CLOSED = {"is_customer_key": "true", "is_endpoints_only": "true", "live_instance_type": "ml.c5.large"}


@pytest.fixture(scope="session")
def local_kit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalKit]:
    """The local cloud with the app deployed, closed as far as the settings can, for the whole test session."""
    state = tmp_path_factory.mktemp("state")
    cloud = start(synthesize(ASSEMBLY, LOCAL_CONTEXT | CLOSED | COLLECTING | QUICK_TRAININGS), state)
    try:
        yield LocalKit(cloud, state)
    finally:
        cloud.stop()


@pytest.fixture(scope="session")
def finished_recordings() -> list[Recording]:
    """What was called in clouds that have ended, for `recordings`."""
    return []


@pytest.fixture(scope="session")
def recordings(local_kit: LocalKit, finished_recordings: list[Recording]) -> list[Recording]:
    """What was called in all clouds of these tests; whoever asks for it runs last."""
    return [*finished_recordings, Recording.of(local_kit)]


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Let those who judge what the others did run last, and only when all others run."""
    here = Path(__file__).parent
    judges = [item for item in items if "recordings" in getattr(item, "fixturenames", ())]
    others = [item for item in items if item not in judges]
    is_whole = {path.name for path in here.glob("test_*.py")} <= {item.path.name for item in items if item.path.parent == here}
    if judges and not is_whole:
        config.hook.pytest_deselected(items=judges)
    items[:] = [*others, *(judges if is_whole else [])]


@pytest.fixture(scope="session")
def first_model(local_kit: LocalKit) -> Job:
    """The training job of the default classifier's first model, made from the sample file."""
    sample = (SAMPLES / "warranty_train.csv").read_bytes()
    job = local_kit.wait(local_kit.put_training("samples/warranty_train.csv", sample))
    assert job.status == "done", job.message
    return job


@pytest.fixture
def faults(local_kit: LocalKit) -> Iterator[SetFaults]:
    """Puts rules in force until the end of the test."""
    yield lambda *rules: set_faults(local_kit.state, rules, SEED)
    set_faults(local_kit.state, [])


@pytest.fixture(scope="session")
def undisturbed(local_kit: LocalKit, first_model: Job) -> dict[str, bytes]:
    """The results of the sample in fine weather."""
    job = local_kit.wait(local_kit.put(local_kit.deployment.predict_bucket, "fine weather/claims.csv", CLAIMS))
    assert job.status == "done", job.message
    return results(local_kit, "fine weather/claims.csv")
