"""What ``roadcast validate`` found, for people and for machines."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import msgspec

from players.guard.rule import RULES, Breach
from server.commands import counted

LAST = max(RULES)


@dataclass(slots=True)
class Tally:
    """How often a rule was found broken, and how for the first time."""

    count: int
    first: Breach


@dataclass(slots=True)
class Report:
    """What was read of a stream, and what is wrong with it.

    Args:
        url: without its query, where tokens are.
        seconds: how long was looked at.
        renditions: names of the media playlists.
        playlists, segments: how many were read.
        failures: requests without a good answer, and segments that cannot be read, each with its count.
    """

    url: str
    seconds: float = 0.0
    renditions: list[str] = field(default_factory=list)
    playlists: int = 0
    segments: int = 0
    tallies: dict[int, Tally] = field(default_factory=dict)
    failures: dict[str, int] = field(default_factory=dict)

    @property
    def clean(self) -> bool:
        """Whether there is nothing to complain about."""
        return not self.tallies and not self.failures

    def add(self, breaches: Iterable[Breach]) -> None:
        """Count what was found; only the first of each rule is kept."""
        for breach in breaches:
            tally = self.tallies.setdefault(breach.rule, Tally(0, breach))
            tally.count += 1

    def fail(self, what: str) -> None:
        """Count a failure; of many different ones the later are counted together."""
        key = what if what in self.failures or len(self.failures) < _FAILURES_LIMIT else "others"
        self.failures[key] = self.failures.get(key, 0) + 1

    def encode(self) -> bytes:
        """As one JSON document."""
        document = {
            "url": self.url,
            "seconds": round(self.seconds, 3),
            "clean": self.clean,
            "renditions": self.renditions,
            "playlists": self.playlists,
            "segments": self.segments,
            "breaches": [
                {
                    "rule": number,
                    "code": RULES[number].code,
                    "sentence": RULES[number].sentence,
                    "reference": RULES[number].reference,
                    "count": tally.count,
                    "first": {"where": tally.first.where, "seen": tally.first.seen},
                }
                for number, tally in sorted(self.tallies.items())
            ],
            "failures": [{"what": what, "count": count} for what, count in self.failures.items()],
        }
        return msgspec.json.format(msgspec.json.encode(document))

    def describe(self) -> str:
        """For a person."""
        lines = [
            self.url,
            f"{self.seconds:.0f} s: {counted(self.playlists, 'playlist')} and "
            f"{counted(self.segments, 'segment')} of {counted(len(self.renditions), 'rendition')} "
            f"({', '.join(self.renditions)}).",
        ]
        for number, tally in sorted(self.tallies.items()):
            rule = RULES[number]
            lines += [
                "",
                f"Rule {number}, {rule.code}: broken {_times(tally.count)}",
                f"  {rule.sentence} ({rule.reference})",
                f"  first: {tally.first.where}: {tally.first.seen}",
            ]
        if self.failures:
            lines += ["", "Not answered, or not readable:"]
            lines += [f"  {what} ({_times(count)})" for what, count in self.failures.items()]
        if self.clean:
            lines += [f"Rules 1 to {LAST}: nothing found."]
        return "\n".join(_printable(line) for line in lines)


_FAILURES_LIMIT = 20


def shown(url: str) -> str:
    """``url`` without what may be secret in it."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()


def _printable(line: str) -> str:
    """A stranger's text without what a terminal would obey."""
    return "".join(letter if letter.isprintable() else "�" for letter in line)


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
