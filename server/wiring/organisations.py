"""Advertisers' members and tokens on their engines."""

from dataclasses import dataclass

from starlette.routing import BaseRoute
from starlette.templating import Jinja2Templates

from server.adapters.redis_attempts import RedisAttempts
from server.adapters.sql_organisations import SqlOrganisations
from server.organisations import api, join_pages, pages
from server.organisations.keep_members import InviteMember, JoinOrganisation, KeepMembers
from server.organisations.keep_tokens import KeepTokens, RecogniseToken
from server.organisations.visiting import Organising
from server.wiring.engines import Engines


@dataclass(frozen=True)
class Organisations:
    """What the server uses of them."""

    organising: Organising
    recognise: RecogniseToken
    base_url: str

    def routes(self, templates: Jinja2Templates) -> list[BaseRoute]:
        """The API, the owners' pages, and where invitations lead."""
        return [
            *api.routes(self.organising, self.base_url),
            *pages.routes(templates, self.organising, self.base_url),
            *join_pages.routes(templates, self.organising),
        ]


def wire_organisations(engines: Engines) -> Organisations:
    """Build them."""
    clock, new_id, announce = engines.clock, engines.new_id, engines.announce_sync
    kept = SqlOrganisations(engines.database)
    organising = Organising(
        kept=kept,
        invite=InviteMember(kept, clock, new_id),
        join=JoinOrganisation(kept, RedisAttempts(engines.redis), clock, new_id),
        members=KeepMembers(kept, announce, clock),
        tokens=KeepTokens(kept, announce, clock, new_id),
        clock=clock,
    )
    return Organisations(organising, RecogniseToken(kept, clock), engines.settings.base_url)
