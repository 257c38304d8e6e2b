"""Somebody else's tag: asked once, its film made ours and played in a break, its trackers told once each."""

import threading
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.walks.service import eventually
from tests.walks.test_campaign import (
    PRICE_MICROS,
    approve,
    book,
    first_fill,
    import_places,
    place,
    report,
    short_channel,
)

VANNES = (47.6582, -2.7608)
"""Of this walk."""
QUARTERS = ("firstQuartile", "midpoint", "thirdQuartile", "complete")
WRAPPER = """<VAST version="{version}"><Ad id="w"><Wrapper><AdSystem>{name}</AdSystem>
<VASTAdTagURI><![CDATA[{to}]]></VASTAdTagURI>
<Impression><![CDATA[{told}/{name}-impression?at=[TIMESTAMP]]]></Impression>
<Creatives><Creative><Linear><TrackingEvents>
<Tracking event="complete"><![CDATA[{told}/{name}-complete]]></Tracking>
</TrackingEvents></Linear></Creative></Creatives></Wrapper></Ad></VAST>"""
AD = """<VAST version="4.2" xmlns="http://www.iab.com/VAST"><Ad id="a"><InLine><AdSystem>others</AdSystem>
<Impression><![CDATA[{told}/ad-impression?where=[LATLONG]]]></Impression><AdServingId>s</AdServingId>
<AdTitle>Theirs</AdTitle><Creatives><Creative><Linear><TrackingEvents>{events}</TrackingEvents>
<Duration>00:00:07.680</Duration><MediaFiles>
<MediaFile delivery="progressive" type="video/mp4" width="1280" height="720">
<![CDATA[{url}/film.mp4]]></MediaFile>
</MediaFiles><VideoClicks><ClickTracking><![CDATA[{told}/ad-click]]></ClickTracking></VideoClicks></Linear>
<UniversalAdId idRegistry="x">u</UniversalAdId></Creative></Creatives></InLine></Ad></VAST>"""


class Others(ThreadingHTTPServer):
    """An ad server of somebody else's, on this machine: wrappers, an ad, its film, and trackers."""

    def __init__(self, film: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.url = f"http://127.0.0.1:{self.server_port}"
        told, url = f"{self.url}/told", self.url
        events = "".join(
            f'<Tracking event="{one}"><![CDATA[{told}/ad-{one}]]></Tracking>' for one in ("start", *QUARTERS)
        )
        self.bodies = {
            "/tag": WRAPPER.format(version="4.2", name="first", to=f"{url}/second", told=told).encode(),
            "/second": WRAPPER.format(version="3.0", name="second", to=f"{url}/ad", told=told).encode(),
            "/ad": AD.format(told=told, url=url, events=events).encode(),
            "/film.mp4": film.read_bytes(),
        }
        self.asked: Counter[str] = Counter()
        self.queries: list[str] = []


class _Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        path, _, query = self.path.partition("?")
        self.server.asked[path] += 1
        self.server.queries.append(query)
        body = self.server.bodies.get(path, b"")
        self.send_response(200 if body else 204)
        if body:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def others(films) -> Iterator[Others]:
    with Others(films["spot"]) as found:
        thread = threading.Thread(target=found.serve_forever)
        thread.start()
        yield found
        found.shutdown()
        thread.join()


def test_from_somebody_elses_tag_to_their_trackers_and_the_ledger_once(service, films, car, others):
    channel_id = short_channel(service, films, "walk-tag-of-others")
    with service.client("operator") as operator, service.client("advertiser") as advertiser:
        near = import_places(operator, [place("near", 0.01, VANNES), place("far", 1.0, VANNES)])
        campaign_id, creative_id = book(advertiser, near, f"{others.url}/tag")
        approve(operator, advertiser, campaign_id, creative_id)
        assert others.asked == {"/tag": 1, "/second": 1, "/ad": 1, "/film.mp4": 1}

        car.park(*VANNES)
        session = car.open_session(channel_id)
        fill = eventually(lambda: first_fill(car, session))
        assert fill["card"]["place_name"] == "Garage near"

        def tell(event: str) -> str | None:
            """What became of it; None as long as it cannot have been played so far."""
            answer = car.client.post(f"/v1/beacons/{fill['beacon']}/{event}")
            return answer.headers["roadcast-outcome"] if answer.status_code == 204 else None

        told = [eventually(lambda event=event: tell(event)) for event in ("start", *QUARTERS)]
        again = [tell(event) for event in ("impression", "start", *QUARTERS)]
        assert (set(told), set(again)) == ({"counted"}, {"repeated"})
        expected = {
            f"/told/{name}-{one}" for name in ("first", "second", "ad") for one in ("impression", "complete")
        }
        expected |= {f"/told/ad-{one}" for one in ("start", *QUARTERS)}
        eventually(lambda: expected <= others.asked.keys())
        assert tell("tap") == "counted"
        # Told after all others: what comes twice would have come by now.
        eventually(lambda: others.asked["/told/ad-click"])
        calls = {path: many for path, many in others.asked.items() if path.startswith("/told/")}
        assert calls == dict.fromkeys(expected | {"/told/ad-click"}, 1)
        assert "where=-2" in others.queries

        found = report(advertiser, campaign_id)
        assert (found["overview"]["shown"], found["overview"]["spent_micros"]) == (1, PRICE_MICROS)
        assert [found["total"][one] for one in ("impressions", "completes", "taps")] == [1, 1, 1]
        # The tag is never asked again, whatever is played.
        assert [others.asked[path] for path in ("/tag", "/second", "/ad", "/film.mp4")] == [1, 1, 1, 1]
