"""The rules that served playlists keep.

They are RFC 8216bis (draft-pantos-hls-rfc8216bis-16) and Apple's authoring rules; where these are stricter,
they are what is asked.
"""

from dataclasses import dataclass, field

MEDIA_TYPE = "application/vnd.apple.mpegurl"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule.

    Args:
        number: as in the lists of this project.
        code: stable word in kebab case, for metrics and machines.
        sentence: what holds where all is well.
        reference: where it is written.
    """

    number: int
    code: str
    sentence: str
    reference: str

    @property
    def name(self) -> str:
        """Number and code, as a metric's label."""
        return f"{self.number:02d}-{self.code}"


_APPLE = "Apple's HLS authoring specification"

RULES = {
    rule.number: rule
    for rule in (
        Rule(1, "extinf-over-target", "EXTINF rounded is at most TARGETDURATION", "RFC 8216bis 4.4.3.1"),
        Rule(
            2,
            "change-without-discontinuity",
            "a change of map, codec or timing carries EXT-X-DISCONTINUITY",
            "RFC 8216bis 4.4.4.3",
        ),
        Rule(
            3,
            "live-with-type",
            "a live playlist carries no PLAYLIST-TYPE, unless it is an EVENT that grows from number 0",
            f"RFC 8216bis 4.4.3.5; {_APPLE}",
        ),
        Rule(4, "window-too-short", "at least three target durations remain listed", "RFC 8216bis 6.2.2"),
        Rule(
            5,
            "date-missing-or-ambiguous",
            "PROGRAM-DATE-TIME in every live playlist, unambiguous",
            f"RFC 8216bis 4.4.4.6; {_APPLE}",
        ),
        Rule(6, "not-independent", "EXT-X-INDEPENDENT-SEGMENTS is said", f"RFC 8216bis 4.4.2.1; {_APPLE}"),
        Rule(
            7,
            "malformed",
            "EXTM3U first, UTF-8 without a BOM, version floors, no tag that was removed",
            "RFC 8216bis 4.1, 4.4.1.2 and 8",
        ),
        Rule(8, "content-type", f"the content type is {MEDIA_TYPE}", "RFC 8216bis 4"),
        Rule(9, "target-changed", "TARGETDURATION never changes", "RFC 8216bis 4.4.3.1"),
        Rule(
            10,
            "sequence-jumped",
            "MEDIA-SEQUENCE rises by exactly the number removed and never falls",
            "RFC 8216bis 4.4.3.2 and 6.2.2",
        ),
        Rule(11, "segment-renumbered", "a surviving URI keeps its number", "RFC 8216bis 6.2.2"),
        Rule(12, "news-late", "a new segment within 1.5 target durations", "RFC 8216bis 6.2.2"),
        Rule(
            13,
            "rewritten",
            "only appends and removals at the head, each playlist whole",
            "RFC 8216bis 6.2.1",
        ),
        Rule(
            14,
            "removed-too-early",
            "a removed segment stays fetchable for its duration and the longest playlist's",
            "RFC 8216bis 6.2.2",
        ),
        Rule(
            15,
            "daterange-lost-or-reused",
            "a DATERANGE stays while its dates are listed; ids are never used again",
            "RFC 8216bis 4.4.5.1 and 6.2.1",
        ),
        Rule(
            16, "targets-differ", "the same TARGETDURATION in all renditions", f"RFC 8216bis 6.2.4; {_APPLE}"
        ),
        Rule(
            17,
            "renditions-apart",
            "the same timestamps and discontinuity numbers in all renditions",
            "RFC 8216bis 6.2.4",
        ),
        Rule(18, "dates-in-some", "dates in all renditions or in none", "RFC 8216bis 6.2.4"),
        Rule(
            19,
            "edges-apart",
            "heads and tails within one target duration of each other",
            f"RFC 8216bis 6.2.4; {_APPLE}",
        ),
        Rule(20, "codecs-not-told", "CODECS covers everything that plays", "RFC 8216bis 4.4.6.2"),
        Rule(
            21,
            "bandwidth-not-told",
            "BANDWIDTH covers the measured peak; AVERAGE-BANDWIDTH, RESOLUTION, FRAME-RATE, CLOSED-CAPTIONS",
            f"RFC 8216bis 4.4.6.2; {_APPLE}",
        ),
        Rule(
            22,
            "interstitial-ambiguous",
            "an interstitial has exactly one of X-ASSET-URI and X-ASSET-LIST",
            "RFC 8216bis, appendix D.2",
        ),
        Rule(23, "cue-unclosed", "every CUE-OUT has its CUE-IN", "RFC 8216bis 4.4.5.1.1; SCTE 35"),
    )
}


@dataclass(frozen=True, slots=True)
class Breach:
    """A rule that does not hold: its number, where, and what was seen."""

    rule: int
    where: str
    seen: str

    def __str__(self) -> str:
        return f"rule {self.rule} ({RULES[self.rule].sentence}), {self.where}: {self.seen}"


@dataclass(frozen=True, slots=True)
class Findings:
    """Collects the breaches of one place."""

    where: str
    found: list[Breach] = field(default_factory=list)

    def hold(self, rule: int, held: object, seen: str) -> None:
        """Note a breach of ``rule`` unless it ``held``; ``seen`` is cut to what a log bears."""
        if not held:
            self.found.append(Breach(rule, self.where, seen[:_SEEN_LIMIT]))


_SEEN_LIMIT = 500
