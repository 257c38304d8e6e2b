"""What vehicles are told of what was not taken."""

import json
from pathlib import Path

import pytest

from players.feed.acceptance import Refusal, Rejection
from players.feed.complaint import of_message, of_sample
from players.feed.viss import BadMessage, Fault, Version

NOW = 1_800_000_000_123


@pytest.mark.parametrize(
    ("version", "body"),
    [
        (Version.V2, {"number": 400, "reason": "data-missing", "message": "Why."}),
        (Version.V3, {"number": "400", "reason": "bad_request", "description": "data-missing: Why."}),
    ],
)
def test_error_messages(version, body):
    told = json.loads(of_message(BadMessage(Fault.NO_DATA, "Why.", "9")).encode(version, NOW, "12"))
    assert told.pop("subscriptionId", None) == (None if version is Version.V2 else "12")
    assert told == {
        "action": "subscription",
        "requestId": "9",
        "error": body,
        "ts": "2027-01-15T08:00:00.123Z",
    }


def test_an_unknown_path_is_a_404():
    told = json.loads(of_sample(Refusal("Vehicle.X", Rejection.UNKNOWN_PATH)).encode(Version.V2, NOW))
    assert (told["error"]["number"], told["error"]["reason"]) == (404, "unknown-path")


@pytest.mark.parametrize("reason", [*Rejection, *Fault])
def test_every_reason_is_explained_to_vehicles(reason):
    told = (Path(__file__).parents[4] / "docs" / "head-units.md").read_text("utf-8")
    assert f"`{reason}`" in told
