"""A channel whose schedule is written down slot by slot."""

from dataclasses import dataclass

import pytest

from content.channels.lineup import ChannelLineup
from content.library.programme import Category, Programme
from media.timeline import Slot, SlotKind

BASE = 9_000_000
"""The position that schedules here are told from: 20 July 2026, 00:00 UTC."""


@dataclass
class Written:
    """A schedule: parts told as (airing or "", segments), from ``BASE`` on, slate around them.

    ``asked`` counts the slots that were given.
    """

    slots_: tuple[Slot, ...]
    asked: int = 0

    def slots(self, first: int, last: int) -> tuple[Slot, ...]:
        found, at = [], first
        while at <= last:
            found.append(next((s for s in self.slots_ if s.start <= at < s.end), None) or _slate(at))
            at = found[-1].end
        self.asked += len(found)
        return tuple(found)


def _slate(at: int) -> Slot:
    """Slate in runs of 16, as an empty channel has it, never over what is written."""
    start = at if at >= BASE else at - (at - BASE) % 16
    return Slot(start, 16 - (start - BASE) % 16, "slate", 1, SlotKind.PROGRAMME, f"chn-{start}")


def written(*parts: tuple[str, int] | tuple[str, int, bool], programmes=None, **about) -> ChannelLineup:
    """A channel of these parts; the airing ``x1`` shows the programme ``x``, and ``""`` is a break.

    A third word of a part says that it is fill.
    """
    slots, at, begun = [], BASE, {}
    for airing, segments, *fill in parts:
        if airing:
            airing_id = begun.setdefault(airing, f"chn-{at}")
            name = airing.rstrip("0123456789")
            ids = f"chn-{at}", name, 0, airing_id
            film = Slot(at, segments, f"ast_{name}", 999, SlotKind.PROGRAMME, *ids, fill=any(fill))
            slots.append(film)
        else:
            slots.append(Slot(at, segments, "slate", 1, SlotKind.BREAK, f"chn-{at}"))
        at += segments
    known = {p.programme_id: p for p in programmes or ()}
    for airing, *_ in parts:
        name = airing.rstrip("0123456789")
        if name and name not in known:
            known[name] = programme(name)
    return ChannelLineup("chn", "Atelier TV", "atelier", Written(tuple(slots)), known, **about)


def programme(name: str, **facts) -> Programme:
    """A programme called ``name``."""
    told = {
        "title": name.title(),
        "synopsis": "About.",
        "category": Category.TRAVEL,
        "language": "fr",
        "created_ms": 0,
        **facts,
    }
    return Programme(programme_id=name, asset_id=f"ast_{name}", **told)


@pytest.fixture
def base() -> int:
    return BASE
