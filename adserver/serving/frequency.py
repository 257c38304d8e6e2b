"""What a vehicle was shown, as far as caps ask, and what it has had enough of: arithmetic, without a clock.

Exposures are counted by names: a line item's spots and cards apart, those of a campaign and of an advertiser
together. Of each name no more is kept than can ever matter: for windows as many of the latest moments as the
largest of them allows (a window is full exactly if the moment that is so many back still lies in it), for a
drive and for ever a number each. What nobody caps is not kept at all.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from typing import Self

import msgspec
from msgspec.structs import replace

from adserver.booking.cap import FrequencyCap, Per

Caps = Sequence[FrequencyCap]

# A member of an enum is looked up anew, and slowly, wherever it is written.
_WINDOW, _DRIVE = Per.WINDOW, Per.DRIVE

DAY_MS = 86_400_000
PAUSE_MS = 30 * 60_000
"""A car that did not drive for so long begins another drive."""
TURNS_KEPT_MS = 90 * DAY_MS
LIFE_KEPT_MS = 800 * DAY_MS
"""From the latest exposure on: as long as the longest flight, and some weeks."""
SWEEP_MS = 3_600_000
NAMES_LIMIT = 2_000
"""Of one vehicle; beyond them what would be forgotten first is."""


def counter(line_item_id: str, *, card: bool) -> str:
    """The name that exposures of a line item are counted by."""
    return f"{line_item_id}:{'card' if card else 'spot'}"


def campaign_counter(campaign_id: str) -> str:
    """The name that those of a campaign are counted by."""
    return f"{campaign_id}:campaign"


def advertiser_counter(advertiser_id: str) -> str:
    """The name that those of an advertiser are counted by."""
    return f"{advertiser_id}:advertiser"


def turn_counter(line_item_id: str, *, card: bool) -> str:
    """The name that tells how far a car has come in a sequence."""
    return f"{counter(line_item_id, card=card)}{TURN_MARK}"


_LEVELS = {
    "spot": "line item",
    "card": "line item",
    "campaign": "campaign",
    "advertiser": "advertiser",
    "glances": "cards on the move",
}
TURN_MARK = ":turn"
GLANCES = "glances"
"""The name that cards which a moving car was shown are counted by, whoever's they are."""
TURN: Caps = ()
"""In place of caps: only how often it came is kept, and bars nothing."""


class Drive(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """When the present drive began, and when the car was last heard not to stand parked.

    A stop that is longer than the pause is counted as one drive too, whatever is shown in it.
    """

    began_ms: int = 0
    heard_ms: int = 0

    def at(self, now_ms: int, *, parked: bool) -> Self:
        """The drive that ``now_ms`` is in; what is not known to be parked drives."""
        heard_ms = self.heard_ms if parked else max(now_ms, self.heard_ms)
        if now_ms - self.heard_ms <= PAUSE_MS:
            return type(self)(self.began_ms, heard_ms)
        return type(self)(self.heard_ms + PAUSE_MS if parked else now_ms, heard_ms)


class Exposures(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Those of one name.

    Args:
        times_ms: the latest, oldest first, as many as windows ask for.
        drive_ms: when the drive began that ``in_drive`` counts.
        in_all: how many there were at all, as long as it is kept.
        until_ms: when it may be forgotten.
    """

    times_ms: tuple[int, ...] = ()
    drive_ms: int = 0
    in_drive: int = 0
    in_all: int = 0
    until_ms: int = 0

    def within(self, cap: FrequencyCap, now_ms: int, drive_ms: int) -> int:
        """How many count for ``cap``, as far as it needs to know."""
        if cap.per is _WINDOW:
            since_ms = now_ms - cap.window_s * 1000
            return len(self.times_ms) - bisect_right(self.times_ms, since_ms)
        if cap.per is _DRIVE:
            return self.in_drive if self.drive_ms == drive_ms else 0
        return self.in_all

    def busy_until_ms(self, caps: Caps, now_ms: int, drive_ms: int) -> int:
        """Until when at most it is full, if nothing more is shown; 0 where it is not."""
        full = [cap for cap in caps if self.within(cap, now_ms, drive_ms) >= cap.count]
        return max((self._frees_ms(cap, now_ms) for cap in full), default=0)

    def _frees_ms(self, cap: FrequencyCap, now_ms: int) -> int:
        if cap.per is _WINDOW:
            return self.times_ms[-cap.count] + cap.window_s * 1000
        return now_ms + _kept_ms(cap)

    def one_more(self, caps: Caps, now_ms: int, drive_ms: int) -> Self:
        """With one at ``now_ms``."""
        windows = [cap for cap in caps if cap.per is _WINDOW]
        most = max((cap.count for cap in windows), default=0)
        kept_ms = max((_kept_ms(cap) for cap in caps), default=TURNS_KEPT_MS)
        return type(self)(
            tuple(sorted((*self.times_ms, now_ms))[-most:]) if most else (),
            drive_ms,
            1 + (self.in_drive if self.drive_ms == drive_ms else 0),
            self.in_all + 1,
            max(self.until_ms, now_ms + kept_ms),
        )

    def one_less(self, at_ms: int, drive_ms: int) -> Self:
        """Without one that was at ``at_ms``."""
        times_ms = list(self.times_ms)
        if at_ms in times_ms:
            times_ms.remove(at_ms)
        in_drive = max(0, self.in_drive - 1) if self.drive_ms == drive_ms else self.in_drive
        return type(self)(tuple(times_ms), self.drive_ms, in_drive, max(0, self.in_all - 1), self.until_ms)

    @property
    def raw(self) -> msgspec.Raw:
        """As it is kept."""
        return msgspec.Raw(_ENCODER.encode(self))


def _kept_ms(cap: FrequencyCap) -> int:
    if cap.per is _WINDOW:
        return cap.window_s * 1000
    return DAY_MS if cap.per is _DRIVE else LIFE_KEPT_MS


class Seen(msgspec.Struct, frozen=True, array_like=True):
    """All that is kept of what one vehicle was shown.

    Args:
        busy: the names that were full when they were last counted, and until when at most.
        by_name: :class:`Exposures`, each decoded when it is asked for: of hundreds a decision asks a few.
        until_ms: when all of it may be forgotten.
        swept_ms: when what had become old was last looked for.
    """

    busy: dict[str, int] = {}
    by_name: dict[str, msgspec.Raw] = {}
    until_ms: int = 0
    swept_ms: int = 0

    def of(self, name: str) -> Exposures:
        """Those of one name."""
        return self._of(self.by_name, name)

    @staticmethod
    def _of(by_name: Mapping[str, msgspec.Raw], name: str) -> Exposures:
        kept = by_name.get(name)
        return _EXPOSURES.decode(kept) if kept is not None else NOTHING

    def full(
        self, names: Iterable[str], caps: Mapping[str, Caps], now_ms: int, drive_ms: int
    ) -> dict[str, str]:
        """Those of ``names`` that bear no more now, each with why: ``campaign: 3 of 3 in 3600 s``.

        Args:
            names: which; of all, only the ``busy`` ones can be full unless their caps were lowered since.
            caps: by name.
            now_ms: when.
            drive_ms: when the present drive began.
        """
        found = {}
        for name in self.by_name.keys() & names:
            exposures = self.of(name)
            for cap in caps.get(name, ()):
                seen = exposures.within(cap, now_ms, drive_ms)
                if seen >= cap.count:
                    found[name] = f"{_LEVELS[name.rpartition(':')[2]]}: {seen} of {cap.count} {cap.words}"
                    break
        return found

    def turn(self, name: str) -> int:
        """How often a name came, as long as that is kept."""
        return self.of(name).in_all

    def and_these(self, shown: Iterable[tuple[str, Caps]], now_ms: int, drive_ms: int) -> Self:
        """With one more of each name at ``now_ms``, and without what has become old."""
        busy = {name: until_ms for name, until_ms in self.busy.items() if until_ms > now_ms}
        by_name, last_ms = dict(self.by_name), self.until_ms
        for name, caps in shown:
            exposures = self._of(by_name, name).one_more(caps, now_ms, drive_ms)
            by_name[name], last_ms = exposures.raw, max(last_ms, exposures.until_ms)
            if until_ms := exposures.busy_until_ms(caps, now_ms, drive_ms):
                busy[name] = until_ms
        found = type(self)(busy, by_name, last_ms, self.swept_ms)
        old = now_ms - self.swept_ms >= SWEEP_MS or len(by_name) > NAMES_LIMIT
        return found._swept(now_ms) if old else found

    def _swept(self, now_ms: int) -> Self:
        """Without what has become old, and without the oldest of too much."""
        until = {name: until_ms for name in self.by_name if (until_ms := self.of(name).until_ms) > now_ms}
        kept = sorted(until, key=until.__getitem__)[-NAMES_LIMIT:]
        busy = {name: self.busy[name] for name in kept if name in self.busy}
        return type(self)(busy, {name: self.by_name[name] for name in kept}, self.until_ms, now_ms)

    def but_these(self, names: Iterable[str], at_ms: int, drive_ms: int) -> Self:
        """Without one of each name that was counted at ``at_ms``."""
        by_name = dict(self.by_name)
        for name in self.by_name.keys() & names:
            left = self.of(name).one_less(at_ms, drive_ms)
            by_name[name] = left.raw
            if not left.in_all:
                del by_name[name]
        return replace(self, by_name=by_name)

    def encode(self) -> bytes:
        """As MessagePack."""
        return _ENCODER.encode(self)


NOTHING = Exposures()
NEVER = Seen()
_ENCODER = msgspec.msgpack.Encoder()
_SEEN, _EXPOSURES = msgspec.msgpack.Decoder(Seen), msgspec.msgpack.Decoder(Exposures)


def decode(data: bytes | None) -> Seen:
    """What :meth:`Seen.encode` made.

    Raises:
        msgspec.MsgspecError: if it is something else.
    """
    return _SEEN.decode(data) if data else NEVER
