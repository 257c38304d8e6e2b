"""An asset becomes a programme of the library."""

from dataclasses import dataclass

import msgspec

from content.library.programme import Programme, ProgrammeDraft, checked, facts_of
from content.ports import Announce, Channels, Programmes
from kernel.clock import Clock
from kernel.errors import Invalid


@dataclass(frozen=True)
class AddProgramme:
    """Keeps a programme for an asset that was admitted already."""

    programmes: Programmes
    channels: Channels
    announce: Announce
    clock: Clock

    def check(self, draft: ProgrammeDraft) -> ProgrammeDraft:
        """The draft as it will be kept: tidy, the channel it names (by slug or id) by its id.

        Raises:
            Invalid: ``programme-invalid`` with a message per field; ``channel-unknown``.
        """
        fit = checked(draft)
        if not fit.schedule_on:
            return fit
        for channel in self.channels.all():
            if fit.schedule_on in (channel.channel_id, channel.slug):
                return msgspec.structs.replace(fit, schedule_on=channel.channel_id)
        raise Invalid(
            "channel-unknown",
            "There is no such channel to schedule it on.",
            fix="Name a channel by its short name, or schedule the programme later.",
            fields={"schedule_on": "There is no such channel."},
        )

    def needs_picture(self, _draft: ProgrammeDraft) -> bool:
        """Never: a programme may be sound."""
        return False

    def __call__(self, asset_id: str, draft: ProgrammeDraft) -> Programme:
        """The asset's programme; its id follows from the asset's, so that asking twice adds once.

        Raises:
            Invalid: see :meth:`check`.
        """
        fit = self.check(draft)
        new = Programme(
            programme_id="prg_" + asset_id.partition("_")[2],
            asset_id=asset_id,
            created_ms=self.clock.now_ms(),
            schedule_on=fit.schedule_on,
            **facts_of(fit),
        )
        programme = self.programmes.add(new)
        self.announce("content")
        return programme
