"""``roadcast tag``."""

import asyncio
import os
from collections.abc import Iterator

import click
import msgspec

from adserver.adapters.guarded_fetch import GuardedFetch, public_or_in
from adserver.vast.follow_wrappers import Failed, FollowWrappers, Resolved
from server.chance import macro_values
from server.settings import Settings

FOUND, NONE = 0, 1


@click.command()
@click.argument("url")
@click.option("--json", "as_json", is_flag=True, help="Tell what is found as JSON.")
def tag(url: str, as_json: bool) -> None:
    """Tell what the VAST tag at URL leads to.

    It is asked, and its wrappers are followed. Nothing is reported to anybody. Only addresses on the public
    Internet are asked, and those in ROADCAST_TAG_NETWORKS. Exits with 0 if there is an ad, and with 1 if
    there is none.
    """
    fetch = GuardedFetch(public=public_or_in(Settings.from_environ(os.environ).tag_networks))
    found = asyncio.run(FollowWrappers(fetch, macro_values)(url))
    click.echo(msgspec.json.encode(found).decode() if as_json else "\n".join(described(found)))
    raise SystemExit(NONE if isinstance(found, Failed) else FOUND)


def described(found: Resolved | Failed) -> Iterator[str]:
    """It in lines."""
    if isinstance(found, Failed):
        yield f"No ad: {found.detail} [{found.code.value}]"
        return
    ad = found.ad
    yield f"{ad.title or ad.ad_id} ({ad.advertiser or ad.system}), after {len(found.wrappers)} wrappers"
    for linear in ad.linears:
        yield f"  {linear.duration_ms / 1000:.3f} s"
        for media in linear.media:
            size = f"{media.width}x{media.height}" if media.width else "sound"
            yield f"  {media.media_type} {size} {media.bitrate_kbps} kbit/s {media.url}"
    counts = {
        "impressions": found.impressions,
        "events": found.tracking,
        "clicks": found.click_tracking,
        "errors": found.errors,
    }
    yield "  trackers: " + ", ".join(f"{len(urls)} {name}" for name, urls in counts.items())
