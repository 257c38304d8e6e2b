"""Taking a file of this machine in as a programme, whether or not the service is running."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from content.library.programme import ProgrammeDraft
from kernel.errors import Conflict, Invalid
from media.asset import Asset, AssetState
from server.commands import counted
from server.engines.borrowed import engines_running
from server.pages import duration
from server.settings import Settings
from server.wiring.house import House, build

POLL_S = 0.3
OWNER = "command-line"

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A queue that leaves the work to whoever asked for it."""

    async def enqueue(self, asset_id: str) -> None:
        """Nothing: it is prepared here."""


async def ingest(settings: Settings, path: Path, draft: ProgrammeDraft, progress: Progress) -> Asset:
    """The prepared asset, with its programme in the library.

    Where the service runs, its worker does the work; else it is done here.

    Args:
        settings: which installation.
        path: the file.
        draft: its programme.
        progress: told permille.

    Raises:
        Invalid: ``media-…`` for a file that cannot be prepared, ``programme-invalid``, ``channel-unknown``.
    """

    async def report(permille: int) -> None:
        progress(permille)

    async with _house(settings) as (house, serving):
        fit = await asyncio.to_thread(house.content.add_programme.check, draft)
        admit = house.media.admit_file
        asset = await (admit if serving else replace(admit, queue=Elsewhere()))(OWNER, path)
        await asyncio.to_thread(house.content.add_programme, asset.asset_id, fit)
        if serving:
            asset = await _followed(house, asset, progress)
        else:
            asset = await house.media.prepare_asset(asset.asset_id, report)
            await house.after_preparation()
    if asset.state is AssetState.FAILED:
        raise Invalid(asset.reasons[0] if asset.reasons else "media-failed", "The file was not prepared.")
    return asset


@asynccontextmanager
async def _house(settings: Settings) -> AsyncIterator[tuple[House, bool]]:
    with engines_running(settings) as serving:
        house = build(settings)
        try:
            await house.prepare()
            yield house, serving
        finally:
            await house.engines.close()


async def _followed(house: House, asset: Asset, progress: Progress) -> Asset:
    while asset.state in {AssetState.QUEUED, AssetState.PREPARING}:
        await asyncio.sleep(POLL_S)
        found = await asyncio.to_thread(house.media.assets.find, asset.asset_id)
        if found is None:
            raise Conflict("asset-gone", "The asset was removed meanwhile.")
        asset = found
        progress(asset.progress_permille)
    return asset


def describe(draft: ProgrammeDraft, asset: Asset, base_url: str) -> str:
    """What a programme became and where to see it, in a few lines; the last word is the asset's id."""
    lines = [draft.title]
    if asset.manifest is not None:
        shown = sorted(asset.manifest.tracks)
        lines.append(
            f"  {duration(asset.manifest.duration_ms)} long, in "
            f"{counted(len(shown), 'rendition')}: {', '.join(shown)}"
        )
    if draft.schedule_on:
        lines.append(f"  joins the schedule of {draft.schedule_on}: {base_url}/editor/schedule")
    lines.append(f"  in the library: {base_url}/editor")
    lines.append(f"  asset {asset.asset_id}")
    return "\n".join(lines)
