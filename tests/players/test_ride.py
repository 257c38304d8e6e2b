"""What goes on on the dash through all that a drive brings; one ride, which each test looks back on."""

import asyncio
from dataclasses import dataclass, field

import pytest

from players.feed.signals import DAY_NIGHT
from tests.browser.conftest import until
from tests.players.house import PARKED
from tests.players.product import Product
from tests.players.riding import HEARD, PATIENCE_MS, PICTURE, Heard, Ride, Switch, riding

DRIVES = 2
DRIVE_S = 4.0
TUNNEL_S = 14.0
"""Longer than what is buffered."""
GONE_MS = 150
BACK_MS = 3_000
LIGHT = "document.body.hasAttribute('data-light')"

pytestmark = pytest.mark.timeout(300)


@dataclass
class Ridden:
    """What came of the ride."""

    switches: list[Switch] = field(default_factory=list)
    switching: Heard | None = None
    colours: Heard | None = None
    colours_log: list[tuple[float, str]] = field(default_factory=list)
    tunnel: Heard | None = None
    withheld: str = ""
    after_tunnel: Heard | None = None
    stopped: dict[str, bool] = field(default_factory=dict)
    reopened: str = ""
    complaints: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def ridden(product: Product) -> Ridden:
    return asyncio.run(_ride(product))


async def _ride(product: Product) -> Ridden:
    found = Ridden()
    async with riding(product) as ride:
        began_s = await ride.now_s()
        found.switches = [await ride.drive(DRIVE_S) for _ in range(DRIVES)]
        found.switching = await ride.heard(began_s)
        await _change_colours(ride, found)
        found.complaints = [one for one in ride.seen.complaints if "403 (Forbidden)" not in one]
        await _stop_the_picture(ride, found)
        await _pass_a_tunnel(ride, found)
        await ride.alight()
        await ride.board()
        await until(ride.page, "document.getElementById('now-title').textContent !== ''")
        found.reopened = await ride.page.inner_text("#now-title")
    return found


async def _change_colours(ride: Ride, found: Ridden) -> None:
    """By the browser, then by the car: dusk, dawn, dusk."""
    began_s, dark = await ride.now_s(), f"!{LIGHT}"
    await ride.page.evaluate("ear.log.length = 0")
    await ride.page.emulate_media(color_scheme="dark")
    await until(ride.page, dark)
    for said, then in (("DAY", LIGHT), ("NIGHT", dark)):
        ride.feed.tell({**PARKED, DAY_NIGHT: said})
        await until(ride.page, then)
    await ride.page.wait_for_timeout(4500)
    found.colours, found.colours_log = await ride.heard(began_s), await ride.log()


async def _stop_the_picture(ride: Ride, found: Ridden) -> None:
    """The driver switches it off, drives and parks; then on again."""
    await ride.page.click("#picture")
    await until(ride.page, "ear.log.at(-1)?.[1] === 'gone'")
    ride.feed.tell({**PARKED, "Vehicle.Speed": "20"})
    await until(ride.page, "ear.log.at(-1)?.[1] === 'locked'")
    ride.feed.tell(PARKED)
    await until(ride.page, "ear.log.at(-1)?.[1] === 'unlocked'", PATIENCE_MS)
    await ride.page.wait_for_timeout(2500)
    found.stopped["after parking"] = await ride.page.evaluate(PICTURE)
    await ride.page.click("#picture")
    await until(ride.page, PICTURE, PATIENCE_MS)
    found.stopped["when wanted"] = await ride.page.evaluate(PICTURE)


async def _pass_a_tunnel(ride: Ride, found: Ridden) -> None:
    """Nothing comes through any more, and nobody is told; then what is opened anew does."""
    began_s = await ride.now_s()
    ride.way.enter()
    await ride.page.wait_for_timeout(TUNNEL_S * 1000)
    found.tunnel = await ride.heard(began_s)
    found.withheld = await ride.page.inner_text("#withheld")
    ride.way.leave()
    await until(ride.page, f"{HEARD} && {PICTURE}", PATIENCE_MS)
    settled_s = await ride.now_s()
    await ride.page.wait_for_timeout(5000)
    found.after_tunnel = await ride.heard(settled_s)


def test_sound_does_not_die_when_the_car_enters_drive(ridden: Ridden) -> None:
    """Nor has it any gap, through every switch: nothing is lost, repeated or silent."""
    assert ridden.switching is not None
    assert len(ridden.switching.beeps) >= DRIVES * 3
    assert ridden.switching.silences == []
    assert ridden.switching.gap_ms == 0


def test_the_picture_is_gone_at_once(ridden: Ridden) -> None:
    assert max(one.gone_ms for one in ridden.switches) <= GONE_MS


def test_the_picture_is_back_soon_and_by_itself(ridden: Ridden) -> None:
    assert max(one.back_ms for one in ridden.switches) <= BACK_MS


def test_day_and_night_change_nothing_but_colours(ridden: Ridden) -> None:
    assert ridden.colours is not None
    assert (ridden.colours.silences, ridden.colours.gap_ms) == ([], 0)
    assert ridden.colours_log == []
    assert ridden.complaints == []


def test_a_picture_that_the_driver_stopped_does_not_return_by_parking(ridden: Ridden) -> None:
    assert ridden.stopped == {"after parking": False, "when wanted": True}


def test_sound_lasts_into_a_tunnel_and_goes_on_behind_it(ridden: Ridden) -> None:
    assert ridden.tunnel is not None
    assert ridden.after_tunnel is not None
    assert len(ridden.tunnel.beeps) >= 2
    assert ridden.tunnel.gap_ms == 0
    assert ridden.withheld == "Reconnecting"
    assert (ridden.after_tunnel.silences, ridden.after_tunnel.gap_ms) == ([], 0)


def test_a_screen_that_is_switched_on_again_is_where_it_was(ridden: Ridden) -> None:
    assert ridden.reopened == "test"
