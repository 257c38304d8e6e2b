"""The real service under its own guard and under `roadcast validate`: clean, and caught when it is not."""

import json
import re
from contextlib import closing

import httpx
import pytest

from content.channels.channel import ChannelDraft
from content.channels.plan import BreakEntry, ProgrammeEntry
from tests.walks.service import RENNES, Car, Service, eventually

# Runs first in every process that finds it, and spoils the renderer of those that serve.
BUG = """
import sys

if "server.web_worker" in sys.orig_argv:
    from players.playback import playlist

    playlist._LIVE_HEAD = playlist._LIVE_HEAD.replace("TARGETDURATION:2", "TARGETDURATION:1")
"""


@pytest.fixture
def watchful(installation) -> Service:
    """A service that checks all that it serves."""
    installation.environ["ROADCAST_GUARD_EVERY"] = "1"
    installation.start()
    return installation


def stocked(service: Service, films) -> str:
    """A channel of one short programme and one short break."""
    taken = service.command("ingest", str(films["programme"]), "--title", "Short")
    assert taken.returncode == 0, taken.stderr
    programme_id = "prg_" + taken.stdout.strip().partition("_")[2]

    def create(house):
        entries = [ProgrammeEntry(programme_id), BreakEntry(4)]
        return house.content.create_channel("test", ChannelDraft("Guarded", "walk-guard"), entries)

    return service.in_house(create).channel_id


def counted(service: Service, metric: str) -> dict[str, float]:
    """A counter by its one label."""
    text = httpx.get(f"{service.url}/metrics").text
    found = re.findall(rf'^{metric}{{\w+="(.+)"}} (\S+)$', text, re.MULTILINE)
    return {label: float(count) for label, count in found}


def validated(service: Service, session: dict, for_s: int) -> tuple[int, dict]:
    """The command's exit code and what it told."""
    url = service.url + session["urls"]["multivariant"]
    done = service.command("validate", url, "--for", f"{for_s}s", "--json")
    return done.returncode, json.loads(done.stdout or "null") or done.stderr


def test_clean_and_then_with_a_bug(watchful, films, tmp_path):
    channel_id = stocked(watchful, films)
    with closing(Car(watchful)) as car:
        car.park(*RENNES)
        session = eventually(lambda: with_picture(car, channel_id))
        code, report = validated(watchful, session, 12)
        assert (code, report["breaches"], report["failures"]) == (0, [], []), report
        assert len(report["renditions"]) == 4
        assert report["playlists"] >= 4 * 5
        assert report["segments"] >= 4 * 4
        assert eventually(lambda: counted(watchful, "roadcast_guard_playlists_total"))["checked"] >= 20
        assert counted(watchful, "roadcast_guard_breaches_total") == {}

    watchful.stop()
    (tmp_path / "bug").mkdir()
    (tmp_path / "bug" / "sitecustomize.py").write_text(BUG)
    watchful.environ["PYTHONPATH"] = str(tmp_path / "bug")
    watchful.start()
    with closing(Car(watchful)) as car:
        session = car.open_session(channel_id)  # of a car that moves, for all that is known
    code, report = validated(watchful, session, 3)
    assert code == 1
    assert report["breaches"][0]["code"] == "extinf-over-target"
    assert report["renditions"] == ["a128.m3u8"]
    assert "01-extinf-over-target" in eventually(lambda: counted(watchful, "roadcast_guard_breaches_total"))
    lines = [json.loads(line) for line in watchful.log.read_text().splitlines() if '"players.guard"' in line]
    told = next(line["breach"] for line in lines if line["breach"]["rule"] == "01-extinf-over-target")
    assert "#EXT-X-TARGETDURATION:1" in told["playlist"]
    for secret in (session["grant"], session["session_id"], session["vehicle_id"]):
        assert all(secret not in json.dumps(line) for line in lines)


def with_picture(car: Car, channel_id: str) -> dict | None:
    """A session, once it is offered pictures."""
    session = car.open_session(channel_id)
    offered = car.client.get(session["urls"]["multivariant"]).text
    return session if "v720.m3u8" in offered else None
