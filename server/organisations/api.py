"""Members, invitations and tokens of organisations as a JSON API: for owners their own, for operators all."""

import msgspec
from starlette.authentication import requires
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from adserver.web.visitor import json_response
from server.organisations.bodies import (
    Joining,
    NewInvitation,
    NewRole,
    NewToken,
    told_act,
    told_invitation,
    told_member,
    told_token,
)
from server.organisations.visiting import (
    ACTS_TOLD,
    AGAIN_S,
    Organising,
    asked_of,
    doer,
    known,
    link_of,
    organisations_of,
)


def routes(organising: Organising, base_url: str) -> list[BaseRoute]:
    """``/v1/organisations…`` and ``/v1/join``."""
    kept = organising.kept
    at = "/v1/organisations/{organisation_id}"

    @requires("members")
    async def listed(request: Request) -> Response:
        """Lists the organisations whose members the asker looks after.

        ---
        summary: List the organisations that you look after
        description: An owner's own; for operators the newest 500.
        tags: [Organisations]
        security: [{session: [members]}]
        responses:
          200:
            description: by name
            content:
              application/json:
                schema:
                  type: object
                  properties:
                    organisations: {type: array, items: {$ref: "#/components/schemas/Organisation"}}
        """
        return json_response({"organisations": await organisations_of(kept, request)})

    @requires("members")
    async def history(request: Request) -> Response:
        """Lists who did what in an organisation.

        ---
        summary: Read who invited, joined, changed and removed, and made and revoked tokens
        description: The newest 200. Nothing of it is ever changed or deleted.
        tags: [Organisations]
        security: [{session: [members]}]
        responses:
          200:
            description: newest first
            content:
              application/json:
                schema:
                  type: object
                  properties: {acts: {type: array, items: {$ref: "#/components/schemas/Done"}}}
          404: {description: organisation-unknown}
        """
        own = await known(kept, request)
        found = await run_in_threadpool(kept.acts, own, ACTS_TOLD)
        return json_response({"acts": [told_act(one) for one in found]})

    return [
        Route("/v1/organisations", listed, methods=["GET"]),
        Route(f"{at}/history", history, methods=["GET"]),
        *_of_members(organising, at),
        *_of_invitations(organising, at, base_url),
        *_of_tokens(organising, at),
    ]


def _of_members(organising: Organising, at: str) -> list[BaseRoute]:
    kept, members = organising.kept, organising.members

    @requires("members")
    async def listed(request: Request) -> Response:
        """Lists an organisation's members.

        ---
        summary: List the members of an organisation
        tags: [Organisations]
        security: [{session: [members]}]
        responses:
          200:
            description: the oldest first
            content:
              application/json:
                schema:
                  type: object
                  properties: {members: {type: array, items: {$ref: "#/components/schemas/Member"}}}
          404: {description: organisation-unknown}
        """
        found = await run_in_threadpool(kept.members, await known(kept, request))
        return json_response({"members": [told_member(one) for one in found]})

    @requires("members")
    async def change(request: Request) -> Response:
        """Gives a member another role.

        ---
        summary: Give a member another role
        description: The member's sessions end at once.
        tags: [Organisations]
        security: [{session: [members]}]
        requestBody:
          required: true
          content: {application/json: {schema: {$ref: "#/components/schemas/NewRole"}}}
        responses:
          200:
            description: the member afterwards
            content: {application/json: {schema: {$ref: "#/components/schemas/Member"}}}
          404: {description: organisation-unknown or member-unknown}
          409: {description: last-owner}
        """
        role = msgspec.json.decode(await request.body(), type=NewRole).role
        asked = asked_of(request), request.path_params["account_id"]
        return json_response(
            told_member(await run_in_threadpool(members.change, *asked, role, doer(request)))
        )

    @requires("members")
    async def remove(request: Request) -> Response:
        """Removes a member.

        ---
        summary: Remove a member
        description: The account is none any more, and its sessions end at once. What it booked stays.
        tags: [Organisations]
        security: [{session: [members]}]
        responses:
          204: {description: gone}
          404: {description: organisation-unknown or member-unknown}
          409: {description: last-owner}
        """
        asked = asked_of(request), request.path_params["account_id"]
        await run_in_threadpool(members.remove, *asked, doer(request))
        return Response(status_code=204)

    return [
        Route(f"{at}/members", listed, methods=["GET"]),
        Route(f"{at}/members/{{account_id}}", change, methods=["PATCH"]),
        Route(f"{at}/members/{{account_id}}", remove, methods=["DELETE"]),
    ]


def _of_invitations(organising: Organising, at: str, base_url: str) -> list[BaseRoute]:
    kept, invite, clock = organising.kept, organising.invite, organising.clock

    @requires("members")
    async def listed(request: Request) -> Response:
        """Lists an organisation's open invitations.

        ---
        summary: List the invitations that were not used yet
        tags: [Organisations]
        security: [{session: [members]}]
        responses:
          200:
            description: the oldest first, without their links
            content:
              application/json:
                schema:
                  type: object
                  properties:
                    invitations: {type: array, items: {$ref: "#/components/schemas/OpenInvitation"}}
          404: {description: organisation-unknown}
        """
        own = await known(kept, request)
        found = await run_in_threadpool(kept.invitations, own, clock.now_ms())
        return json_response({"invitations": [told_invitation(one) for one in found]})

    @requires("members")
    async def make(request: Request) -> Response:
        """Invites somebody.

        ---
        summary: Invite somebody
        description: >-
          The link is yours to pass on, as nothing is sent. It is good for 7 days and for one account, whoever
          has it; withdraw it if it went astray.
        tags: [Organisations]
        security: [{session: [members]}]
        requestBody:
          required: true
          content: {application/json: {schema: {$ref: "#/components/schemas/NewInvitation"}}}
        responses:
          201:
            description: made; the link is told this once
            content: {application/json: {schema: {$ref: "#/components/schemas/OpenInvitation"}}}
          404: {description: organisation-unknown}
          409: {description: invitations-too-many}
          422: {description: label-invalid}
        """
        wish = msgspec.json.decode(await request.body(), type=NewInvitation)
        own, by = asked_of(request), doer(request)
        made, secret = await run_in_threadpool(invite, own, wish.role, wish.label, by)
        return json_response(told_invitation(made, link_of(base_url, secret)), 201)

    @requires("members")
    async def withdraw(request: Request) -> Response:
        """Withdraws an invitation.

        ---
        summary: Withdraw an invitation
        tags: [Organisations]
        security: [{session: [members]}]
        responses:
          204: {description: the link leads nowhere any more}
          404: {description: organisation-unknown or invitation-unknown}
        """
        asked = asked_of(request), request.path_params["invitation_id"]
        await run_in_threadpool(invite.withdraw, *asked, doer(request))
        return Response(status_code=204)

    async def join(request: Request) -> Response:
        """Joins an organisation.

        ---
        summary: Accept an invitation
        description: >-
          Makes an account of the name and password that are sent, with the invitation's role. Once, whoever
          else has the link; it may be tried 20 times in a quarter of an hour.
        tags: [Organisations]
        requestBody:
          required: true
          content: {application/json: {schema: {$ref: "#/components/schemas/Joining"}}}
        responses:
          201:
            description: joined; sign in with the name and password
            content: {application/json: {schema: {$ref: "#/components/schemas/Member"}}}
          404: {description: "invitation-not-valid: it is unknown, used or over"}
          409: {description: account-name-taken or members-too-many}
          422: {description: "account-name-invalid, password-too-short …"}
          429: {description: too-many-requests}
        """
        wish = msgspec.json.decode(await request.body(), type=Joining)
        joined = await organising.join(wish.invitation, wish.name, wish.password, wish.display_name)
        if joined is None:
            raise HTTPException(429, headers={"Retry-After": str(AGAIN_S)})
        return json_response(told_member(joined), 201)

    return [
        Route(f"{at}/invitations", listed, methods=["GET"]),
        Route(f"{at}/invitations", make, methods=["POST"]),
        Route(f"{at}/invitations/{{invitation_id}}", withdraw, methods=["DELETE"]),
        Route("/v1/join", join, methods=["POST"]),
    ]


def _of_tokens(organising: Organising, at: str) -> list[BaseRoute]:
    kept, tokens = organising.kept, organising.tokens

    @requires("members")
    async def listed(request: Request) -> Response:
        """Lists the tokens of an organisation's programs.

        ---
        summary: List the tokens of an organisation's programs
        tags: [Organisations]
        security: [{session: [members]}]
        responses:
          200:
            description: the oldest first; a token itself is never told again
            content:
              application/json:
                schema:
                  type: object
                  properties: {tokens: {type: array, items: {$ref: "#/components/schemas/ListedToken"}}}
          404: {description: organisation-unknown}
        """
        found = await run_in_threadpool(kept.tokens, await known(kept, request))
        return json_response({"tokens": [told_token(one) for one in found]})

    @requires("members")
    async def make(request: Request) -> Response:
        """Makes a token for a program.

        ---
        summary: Make a token for a program
        description: >-
          The program sends it as `Authorization: Bearer …`. It may do what its role may, and no token is an
          owner's. It belongs to the organisation: it stays good when its maker leaves. At most 365 days.
        tags: [Organisations]
        security: [{session: [members]}]
        requestBody:
          required: true
          content: {application/json: {schema: {$ref: "#/components/schemas/NewToken"}}}
        responses:
          201:
            description: made; the token is told this once
            content: {application/json: {schema: {$ref: "#/components/schemas/ListedToken"}}}
          404: {description: organisation-unknown}
          409: {description: tokens-too-many}
          422: {description: "token-name-missing, token-role-too-high or token-days-out-of-range"}
        """
        wish = msgspec.json.decode(await request.body(), type=NewToken)
        own, by = asked_of(request), doer(request)
        made, secret = await run_in_threadpool(tokens.make, own, wish.name, wish.role, wish.days, by)
        return json_response(told_token(made, secret), 201)

    @requires("members")
    async def revoke(request: Request) -> Response:
        """Revokes a token.

        ---
        summary: Revoke a token
        tags: [Organisations]
        security: [{session: [members]}]
        responses:
          204: {description: nobody is let in by it any more}
          404: {description: organisation-unknown or token-unknown}
        """
        asked = asked_of(request), request.path_params["token_id"]
        await run_in_threadpool(tokens.revoke, *asked, doer(request))
        return Response(status_code=204)

    return [
        Route(f"{at}/tokens", listed, methods=["GET"]),
        Route(f"{at}/tokens", make, methods=["POST"]),
        Route(f"{at}/tokens/{{token_id}}", revoke, methods=["DELETE"]),
    ]
