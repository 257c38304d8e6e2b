"""Rules 7 and 8: how a playlist is written and sent, whatever it says."""

import re

from players.guard.reading import Reading
from players.guard.rule import MEDIA_TYPE, Findings

# RFC 8216bis, section 8; what a pattern finds in a tag's line asks for the version.
_FLOORS = (
    (re.compile(r"#EXT-X-KEY:(?:.*,)?IV="), 2),
    (re.compile(r"#EXTINF:\d*\.\d"), 3),
    (re.compile(r"#EXT-X-BYTERANGE|#EXT-X-I-FRAMES-ONLY"), 4),
    (re.compile(r"#EXT-X-KEY:(?:.*,)?KEYFORMAT"), 5),
    (re.compile(r"#EXT-X-DEFINE"), 8),
    (re.compile(r"#EXT-X-SKIP"), 9),
    (re.compile(r"#EXT-X-DEFINE:(?:.*,)?QUERYPARAM="), 11),
)
_REMOVED = re.compile(r"#EXT-X-ALLOW-CACHE|#EXT-X-(?:I-FRAME-)?STREAM-INF:(?:.*,)?PROGRAM-ID=")
_VERSION = re.compile(r"#EXT-X-VERSION:(\d{1,4})$")
_ONCE = (
    "#EXT-X-VERSION",
    "#EXT-X-TARGETDURATION",
    "#EXT-X-MEDIA-SEQUENCE",
    "#EXT-X-DISCONTINUITY-SEQUENCE",
    "#EXT-X-PLAYLIST-TYPE",
    "#EXT-X-ENDLIST",
)


def check_form(reading: Reading, findings: Findings) -> None:
    """Hold rules 7 and 8 on what was read."""
    try:
        text = reading.body.decode("utf-8")
    except UnicodeDecodeError as error:
        findings.hold(7, False, f"not UTF-8: {error.reason} at {error.start}")
        text = reading.body.decode("utf-8", "replace")
    lines = text.splitlines()
    findings.hold(7, lines and lines[0] == "#EXTM3U", f"the first line is {lines[:1]}")
    _hold_tags(lines, findings)
    media_type = reading.content_type.partition(";")[0].strip().lower()
    findings.hold(8, media_type == MEDIA_TYPE, reading.content_type or "no Content-Type")


def _hold_tags(lines: list[str], findings: Findings) -> None:
    tags = [line for line in lines if line.startswith("#EXT")]
    names = [line.partition(":")[0] for line in tags]
    for name in _ONCE:
        findings.hold(7, names.count(name) <= 1, f"{name} {names.count(name)} times")
    said = next((int(match[1]) for line in tags if (match := _VERSION.match(line))), 1)
    # An I-frame playlist may have a map from version 5 on, any other from version 6 on.
    map_floor = 5 if "#EXT-X-I-FRAMES-ONLY" in names else 6
    for floor, line in _needs(tags, map_floor).items():
        findings.hold(7, said >= floor, f"version {said} with {line}")
    for line in tags:
        findings.hold(7, not _REMOVED.match(line), line)


def _needs(tags: list[str], map_floor: int) -> dict[int, str]:
    """By version that is asked for, the first line that does."""
    found: dict[int, str] = {}
    for line in tags:
        if line.startswith("#EXT-X-MAP"):
            found.setdefault(map_floor, line)
        for pattern, floor in _FLOORS:
            if floor not in found and pattern.match(line):
                found[floor] = line
    return found
