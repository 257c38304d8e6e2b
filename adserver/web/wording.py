"""What the advertiser's pages say of coded reasons and of moments; ``locales/fr.toml`` has the French."""

from zoneinfo import ZoneInfo

from markupsafe import Markup

from kernel.clock import from_ms, iso_z
from media.reasons import SENTENCES

LANGUAGES = ("en", "fr")
"""Those that everything is said in, the first where none is asked for."""
REASONS = {
    **SENTENCES,
    "creative-too-long": "The film is longer than 60 seconds. Cut it.",
    "creative-silent": "The film has no sound: on the road nothing of it would be perceived. "
    "Add a sound track.",
    "tag-unreachable": "The tag's server did not answer with a film. Check the address, and add it again.",
    "tag-too-deep": "The tag leads through more than five others. Ask its sender for a shorter way.",
    "tag-empty": "The tag leads to no ad. Ask its sender, and add it again.",
    "tag-malformed": "What the tag answers is no VAST. Check the address, and add it again.",
    "tag-without-media": "The tag's ad has no film or sound to fetch whole. Ask its sender for one.",
    "tag-media-too-large": "The tag's film is larger than 64 MB. Ask its sender for a smaller one.",
}


def reason(code: str) -> str:
    """What a coded reason says; an operator's own words are said as they are."""
    return REASONS.get(code, code)


def zoned(ms: int, zone: str) -> Markup:
    """A ``<time>`` in the zone that the campaign was booked in, and that zone's name."""
    zone = zone or "UTC"
    moment = from_ms(ms)
    shown = moment.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")
    return Markup('<time datetime="{}" data-zone="{}">{}</time> <span class="muted small">{}</span>').format(
        iso_z(moment), zone, shown, zone
    )
