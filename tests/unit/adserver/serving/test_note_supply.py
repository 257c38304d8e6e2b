"""What could not be written waits, and is bounded."""

import asyncio
import threading
from datetime import UTC, datetime

import pytest

from adserver.booking.targeting import Driving, Genre, Powertrain
from adserver.serving.avail import Car, Format, ServedBreak
from adserver.serving.note_supply import WAITING_LIMIT, NoteSupply
from adserver.serving.supply import Kind, Slot, Trait, TraitSlot, profile_of, slot_of, split
from tests.adserver.house import avail, card_avail

NOW = datetime(2026, 6, 15, 10, 59, 50, tzinfo=UTC)
SERVED = ServedBreak("a", (), (), "48.11,-1.68")


class Failing:
    away = True

    def __init__(self) -> None:
        self.got, self.traits = {}, {}
        self.refused, self.done = threading.Event(), threading.Event()

    def add(self, counted, traits) -> None:
        if self.away:
            self.refused.set()
            raise ConnectionError
        self.got, self.traits = dict(counted), dict(traits)
        self.done.set()


def test_kinds_and_hours():
    silent = frozenset({Format.AUDIO})
    soon = datetime(2026, 6, 15, 11, 0, 10, tzinfo=UTC)
    kinds = [
        slot_of(one, "").kind
        for one in (avail("a", NOW), avail("a", NOW, formats=silent), card_avail("a", NOW))
    ]
    assert kinds == [Kind.VIDEO, Kind.AUDIO, Kind.CARD]
    # It is counted in the hour in which it is heard.
    assert slot_of(avail("a", NOW, starts_at=soon), "").hour == slot_of(avail("a", NOW), "").hour + 1


def test_what_is_kept_of_a_car_is_coarse_and_only_of_cars_that_were_looked_at():
    car = Car(Driving.MOVING, "e-C3", Powertrain.ELECTRIC, True, 34.9, None, True, 51_234.5, told=True)
    day, market, kind, traits = profile_of(avail("a", NOW, car=car, language="fr-CA", genre=Genre.NEWS))
    assert (day, market, kind) == (20_619, "FR", Kind.VIDEO)
    assert dict(zip(Trait, traits, strict=True)) == {
        "language": "fr-ca", "driving": "moving", "genre": "news", "segments": "16", "course": "",
        "model": "e-c3", "powertrain": "electric", "charge": "electric/30", "fuel": "", "service": "due",
        "odometer": "40000",
    }  # fmt: skip
    full = Car(charge_percent=100.0, told=True)
    assert profile_of(avail("a", NOW, car=full))[3][list(Trait).index(Trait.CHARGE)] == "/90"
    assert profile_of(card_avail("a", NOW))[3] == ("fr", "", "", "0", "")
    counted = split({profile_of(avail("a", NOW)): 2, profile_of(avail("b", NOW, language="de")): 1})
    assert counted[TraitSlot(20_619, "FR", Kind.VIDEO, Trait.LANGUAGE, "fr")] == 2
    assert counted[TraitSlot(20_619, "FR", Kind.VIDEO, Trait.SEGMENTS, "16")] == 3


async def test_what_could_not_be_written_waits_and_is_bounded():
    supply = Failing()
    note = NoteSupply(supply)
    note(avail("a", NOW), SERVED)
    with pytest.raises(ConnectionError):
        await note.flush()
    note(avail("b", NOW), SERVED)
    supply.away = False
    await note.flush()
    assert list(supply.got.values()) == [2]
    assert set(supply.traits.values()) == {2}
    note._waiting.update({Slot(n, "", "FR", Kind.CARD): 1 for n in range(WAITING_LIMIT)})
    note(avail("c", NOW), SERVED)
    assert len(note._waiting) == WAITING_LIMIT


async def test_it_is_written_now_and_then_and_once_more_at_the_end():
    supply = Failing()
    note = NoteSupply(supply, every_s=0)
    writing = asyncio.create_task(note.run())
    note(avail("a", NOW), SERVED)
    assert await asyncio.to_thread(supply.refused.wait, 30)
    supply.away = False
    assert await asyncio.to_thread(supply.done.wait, 30)
    assert list(supply.got.values()) == [1]
    last = NoteSupply(supply, every_s=3600)
    ending = asyncio.create_task(last.run())
    await asyncio.sleep(0)
    last(avail("b", NOW, market="BE"), SERVED)
    for task in (writing, ending):
        task.cancel()
    await asyncio.gather(writing, ending, return_exceptions=True)
    assert [slot.market for slot in supply.got] == ["BE"]
