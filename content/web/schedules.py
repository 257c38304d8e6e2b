"""A channel's plan as a JSON API: all of it, one day of it, what it will play, and who changed it."""

from collections.abc import Iterable

import msgspec
from starlette.authentication import requires
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from content.channels.edit_plan import EditPlan
from content.channels.plan import Finding
from content.ports import AccountName
from content.web.bodies import PlanToPreview, SavedDay, SavedPlan
from content.web.public import json_response
from content.web.wording import FINDINGS
from kernel.errors import Invalid
from media.house_format import starts_at_ms

FINDINGS_DAYS = 7


def routes(verbs: EditPlan, account_name: AccountName) -> list[BaseRoute]:
    """The routes of ``/v1/channels/…/plan``; all need the scope ``editor``."""
    plan = "/v1/channels/{channel_id}/plan"
    return [
        *_plan_routes(verbs, plan),
        *_day_routes(verbs, f"{plan}/days/{{day}}"),
        *_reading_routes(verbs, plan),
        _history_route(verbs, account_name, plan),
    ]


def _plan_routes(verbs: EditPlan, path: str) -> list[BaseRoute]:
    @requires("editor")
    def read_plan(request: Request) -> Response:
        """Gives a channel's newest plan: loop, weekdays, dates and rules.

        ---
        summary: Read a channel's plan
        tags: [Editing]
        parameters:
          - {name: channel_id, in: path, required: true, schema: {type: string}}
        responses:
          200: {description: "{channel_id, version, begins_at_ms, plan}"}
          404: {description: channel-unknown}
        """
        channel, version = verbs.read(request.path_params["channel_id"])
        return json_response(
            {
                "channel_id": channel.channel_id,
                "version": version.number,
                "begins_at_ms": starts_at_ms(version.from_position),
                "plan": version.plan(),
            }
        )

    @requires("editor")
    async def save_plan(request: Request) -> Response:
        """Replaces a channel's plan. Nothing that is on air or held by viewers changes.

        ---
        summary: Save a channel's plan
        description: >-
          version is the number that was read; a save by somebody else in between is answered with 409 schedule-changed.
          The new plan begins where it first differs, no sooner than in 30 s; where it differs at once, after the
          programme then playing (start after-current) or as soon as viewers allow (soon; a break ends first).
          The answer's frozen_until_ms says until when nothing changes, effective_at_ms from when something does.
        tags: [Editing]
        parameters:
          - {name: channel_id, in: path, required: true, schema: {type: string}}
        requestBody:
          required: true
          content:
            application/json:
              schema:
                type: object
                required: [version, plan]
                properties:
                  version: {type: integer}
                  start: {type: string, enum: [after-current, soon]}
                  plan: {type: object, description: "{timezone, loop, week, days, fill, breaks, territories}"}
        responses:
          200: {description: "{version, begins_at_ms, effective_at_ms, frozen_until_ms}"}
          404: {description: channel-unknown}
          409: {description: schedule-changed or asset-not-ready}
          422: {description: "What is wrong with which entry: time-malformed, block-empty, programme-unknown, rights-ended, …"}
        """  # noqa: E501
        body = msgspec.json.decode(await request.body(), type=SavedPlan)
        planned = await run_in_threadpool(
            verbs.save,
            request.user.account_id,
            request.path_params["channel_id"],
            body.version,
            body.plan,
            body.start,
        )
        return json_response(planned.effect)

    return [Route(path, read_plan), Route(path, save_plan, methods=["PUT"])]


def _day_routes(verbs: EditPlan, path: str) -> list[BaseRoute]:
    @requires("editor")
    async def save_day(request: Request) -> Response:
        """Replaces the blocks of one weekday (mon to sun) or one date (YYYY-MM-DD).

        ---
        summary: Save one day of a channel's plan
        tags: [Editing]
        parameters:
          - {name: channel_id, in: path, required: true, schema: {type: string}}
          - {name: day, in: path, required: true, schema: {type: string}}
        requestBody:
          required: true
          content:
            application/json:
              schema:
                type: object
                required: [version, blocks]
                properties:
                  version: {type: integer}
                  start: {type: string, enum: [after-current, soon]}
                  blocks: {type: array, items: {type: object}, description: A block}
        responses:
          200: {description: "{version, begins_at_ms, effective_at_ms, frozen_until_ms}"}
          404: {description: channel-unknown}
          409: {description: schedule-changed or asset-not-ready}
          422: {description: as when saving the plan}
        """
        body = msgspec.json.decode(await request.body(), type=SavedDay)
        planned = await run_in_threadpool(
            verbs.put_day,
            request.user.account_id,
            request.path_params["channel_id"],
            body.version,
            request.path_params["day"],
            body.blocks,
            body.start,
        )
        return json_response(planned.effect)

    @requires("editor")
    def drop_day(request: Request) -> Response:
        """Takes back what was planned for a date, which is its weekday's again, or for a weekday.

        ---
        summary: Take one day out of a channel's plan
        tags: [Editing]
        parameters:
          - {name: channel_id, in: path, required: true, schema: {type: string}}
          - {name: day, in: path, required: true, schema: {type: string}}
          - {name: version, in: query, required: true, schema: {type: integer}}
        responses:
          200: {description: "{version, begins_at_ms, effective_at_ms, frozen_until_ms}"}
          404: {description: channel-unknown}
          409: {description: schedule-changed}
          422: {description: version-malformed}
        """
        expected = _number(request, "version", "")
        channel_id, day = request.path_params["channel_id"], request.path_params["day"]
        return json_response(verbs.put_day(request.user.account_id, channel_id, expected, day, None).effect)

    return [Route(path, save_day, methods=["PUT"]), Route(path, drop_day, methods=["DELETE"])]


def _reading_routes(verbs: EditPlan, path: str) -> list[BaseRoute]:
    @requires("editor")
    async def preview(request: Request) -> Response:
        """Tells what plays on a date, with this plan or as saved, and from when on; saves nothing.

        ---
        summary: Preview a day of a channel's plan
        tags: [Editing]
        parameters:
          - {name: channel_id, in: path, required: true, schema: {type: string}}
        requestBody:
          required: true
          content:
            application/json:
              schema:
                type: object
                required: [date]
                properties:
                  date: {type: string, format: date}
                  start: {type: string, enum: [after-current, soon]}
                  plan: {type: object}
        responses:
          200: {description: "{effect, day: {date, timezone, starts_at_ms, ends_at_ms, slots, findings, …}}"}
          404: {description: channel-unknown}
          409: {description: asset-not-ready}
          422: {description: day-unknown or as when saving}
        """
        body = msgspec.json.decode(await request.body(), type=PlanToPreview)
        effect, day = await run_in_threadpool(
            verbs.preview, request.path_params["channel_id"], body.date, body.plan, body.start
        )
        shown = msgspec.to_builtins(day) | {"findings": _told(day.findings)}
        return json_response({"effect": effect, "day": shown})

    @requires("editor")
    def findings(request: Request) -> Response:
        """Lists overlaps, gaps and refused rights of the next days, with what to do about each.

        ---
        summary: What to know of a channel's next days
        description: |
          At most 200 of each broadcast day, the worst of them; `untold` counts those left out.
        tags: [Editing]
        parameters:
          - {name: channel_id, in: path, required: true, schema: {type: string}}
          - {name: days, in: query, schema: {type: integer, minimum: 1, maximum: 31, default: 7}}
        responses:
          200: {description: "{findings: [{code, severity, at_ms, seconds, title, field, …}], untold}"}
          404: {description: channel-unknown}
          422: {description: days-malformed or days-out-of-range}
        """
        found = verbs.findings(
            request.path_params["channel_id"], _number(request, "days", str(FINDINGS_DAYS))
        )
        return json_response({"findings": _told(found.findings), "untold": found.untold})

    return [
        Route(f"{path}/preview", preview, methods=["POST"]),
        Route(f"{path}/findings", findings),
    ]


def _history_route(verbs: EditPlan, account_name: AccountName, path: str) -> BaseRoute:
    @requires("editor")
    def history(request: Request) -> Response:
        """Lists who changed a channel's plan, when, and what: the newest hundred changes.

        ---
        summary: The history of a channel's plan
        tags: [Editing]
        parameters:
          - {name: channel_id, in: path, required: true, schema: {type: string}}
        responses:
          200: {description: "{entries: [{actor, actor_name, at_ms, action, subject, detail}]}"}
          404: {description: channel-unknown}
        """
        entries = verbs.history(request.path_params["channel_id"])
        names = {actor: account_name(actor) for actor in {entry.actor for entry in entries}}
        told = [msgspec.to_builtins(entry) | {"actor_name": names[entry.actor]} for entry in entries]
        return json_response({"entries": told})

    return Route(f"{path}/history", history)


def _told(findings: Iterable[Finding]) -> list[dict[str, object]]:
    """Findings with their sentence and what to do, in English; pages have them in the reader's language."""
    told = []
    for finding in findings:
        sentence, fix = FINDINGS[finding.code.value]
        words = {"title": finding.title, "length": f"{finding.seconds} s"}
        told.append(msgspec.to_builtins(finding) | {"sentence": sentence % words, "fix": fix})
    return told


def _number(request: Request, name: str, default: str) -> int:
    text = request.query_params.get(name, default)
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise Invalid(f"{name}-malformed", f"{name} must be a number.", fix="Send a whole number.")
    return int(text)
