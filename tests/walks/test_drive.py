"""`roadcast drive` plays a log of VISS into a car's feed: what was said in it is what is judged."""

from pathlib import Path

from kernel.clock import from_ms, iso_z
from players.feed import signals
from players.feed.acceptance import Sample
from players.feed.evidence import LOW_VOLTAGE
from players.feed.viss import encode_event
from tests.walks.service import Car, Service, eventually

RECORDED_MS = 1_700_000_000_000
STEP_MS = 500
STANDS = {signals.SPEED: "0", signals.SELECTED_GEAR: "126", LOW_VOLTAGE: "ACC"}
DRIVES = {signals.SPEED: "20.5", signals.SELECTED_GEAR: "127", LOW_VOLTAGE: "ON"}


def write_log(path: Path) -> None:
    """Five seconds with the ignition off, then two on the road, a while ago; and what else such logs hold."""
    lines = ['{"action":"get","path":"Vehicle.Speed","requestId":"1"}', ""]
    for at_ms in range(0, 7_000, STEP_MS):
        said = STANDS if at_ms < 5_000 else DRIVES
        now_ms = RECORDED_MS + at_ms
        samples = tuple(Sample(signal, text, now_ms - 30) for signal, text in said.items())
        lines.append(encode_event(samples, now_ms).decode())
    lines.append(
        '{"action":"subscription","subscriptionId":"9","data":{"path":"Vehicle.Toaster","dp":{"value":"on",'
        f'"ts":"{iso_z(from_ms(RECORDED_MS + 7_000))}"}}}}}}'
    )
    path.write_text("\n".join(lines))


def test_a_log_replays_its_own_signals_on_the_road_and_off(service: Service, car: Car, tmp_path: Path):
    write_log(tmp_path / "drive.ndjson")
    market, as_feed = f"/v1/vehicles/{car.vehicle_id}/market", {"Authorization": f"Bearer {car.feed}"}
    assert car.client.put(market, headers=as_feed, json={"market": "DE"}).status_code == 200
    driven = service.command(
        "drive", str(tmp_path / "drive.ndjson"), "--credential", car.feed, "--url", service.url
    )
    assert driven.returncode == 0, driven.stderr
    assert driven.stdout == "The drive is over: 15 messages sent in 7 s.\n"
    assert "The server refused 1 message: unknown-path (1)." in driven.stderr
    with service.client("operator") as operator:

        def left() -> list[dict]:
            answer = operator.get("/v1/switches", params={"vehicle": car.vehicle_id})
            return answer.json()["switches"][::-1]

        eventually(lambda: any(one["driving_state"] == "moving" for one in left()), 20)
        found = left()
    switches = [(one["driving_state"], one["rule"], one["proven"]) for one in found]
    # Germany asks for the ignition, which only the log tells; nothing of a brake, which it does not.
    assert ("parked", "gear-in-park", ["engine-off"]) in switches
    assert ("moving", "speed-above-walking-start", []) in switches
    assert all(signals.PARKING_BRAKE not in one["signals"] for one in found)
