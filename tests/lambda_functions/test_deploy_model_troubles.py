"""deploy_model: what keeps it from its work is told when it lasts, for its dead letters have no alarm in every stage."""

from __future__ import annotations

import pytest
from deployed_functions import Deployed
from hosted_models import Hosted

from contract.errors import PlatformError
from contract.events import SCHEDULED
from contract.records import START_ATTEMPTS


def test_what_fails_as_often_as_an_event_is_tried_is_told_once(deployed: Deployed) -> None:
    """A permission that is gone fails hour by hour: one message says what it is; what passes by itself is not told, nor another's."""
    hosted = Hosted.around(deployed)
    for classifier in ("main", "tone"):
        deployed.add_model(1, classifier)
    for number in range(2 * START_ATTEMPTS):
        deployed.fail("CreateModel", "AccessDeniedException")
        with pytest.raises(PlatformError):
            deployed.invoke("deploy_model", {"detail-type": SCHEDULED, "detail": {}})
        assert len(deployed.messages()) == (number >= START_ATTEMPTS - 1)
    (message,) = deployed.messages()
    assert message.startswith(
        "The endpoint stays as it is: classifier 'main'\n\ndeploy_model cannot bring the endpoint to the model in use:"
    )
    assert "AccessDeniedException" in message
    assert [*hosted.endpoints] == ["tck-dev-tone"]
