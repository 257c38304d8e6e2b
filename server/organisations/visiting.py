"""What routes and pages of organisations share: the verbs, and who asks for which organisation."""

from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from adserver.web.visitor import viewer
from kernel.clock import Clock
from server.adapters.sql_organisations import SqlOrganisations
from server.organisations.keep_members import InviteMember, JoinOrganisation, KeepMembers
from server.organisations.keep_tokens import KeepTokens
from server.organisations.organisation import Doer, Organisation, unknown_organisation

ACTS_TOLD = 200
AGAIN_S = 900


@dataclass(frozen=True)
class Organising:
    """What the routes and pages call."""

    kept: SqlOrganisations
    invite: InviteMember
    join: JoinOrganisation
    members: KeepMembers
    tokens: KeepTokens
    clock: Clock


async def organisations_of(kept: SqlOrganisations, request: Request) -> list[Organisation]:
    """An owner's own; all for an operator."""
    own = viewer(request)
    if own is None:
        return await run_in_threadpool(kept.all)
    return [await run_in_threadpool(kept.one, own)]


def asked_of(request: Request) -> str:
    """The organisation that the path names, which must be the asker's own; operators ask for any.

    Raises:
        NotFound: ``organisation-unknown``.
    """
    asked, own = str(request.path_params["organisation_id"]), viewer(request)
    if own is not None and asked != own:
        raise unknown_organisation()
    return asked


async def known(kept: SqlOrganisations, request: Request) -> str:
    """The same, and there is such an organisation."""
    return (await run_in_threadpool(kept.one, asked_of(request))).organisation_id


def doer(request: Request) -> Doer:
    """Who asks."""
    operator = "operator" in request.auth.scopes
    return Doer(str(request.user.account_id), str(request.user.display_name), operator)


def link_of(base_url: str, secret: str) -> str:
    """Where somebody goes who was invited."""
    return f"{base_url}/join/{secret}"
