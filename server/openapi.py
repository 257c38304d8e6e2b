"""The API's description: OpenAPI 3.1 gathered from the endpoints' docstrings, and a page to read it."""

import json
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.schemas import SchemaGenerator
from starlette.templating import Jinja2Templates

from server.errors import Problem
from server.organisations.secret import PREFIX
from server.pages import ROOMS

_REF = "#/components/schemas/"
_METHODS = frozenset({"get", "put", "post", "delete", "options", "head", "patch", "trace"})

BASE: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {
        "title": "Roadcast",
        "version": "0.1.0",
        "description": "Media and promotions for cars. Every refusal is an RFC 9457 problem document.",
        "license": {"name": "See the repository"},
    },
    "servers": [{"url": "/"}],
}
SECURITY_SCHEMES = {
    "session": {"type": "apiKey", "in": "cookie", "name": "roadcast_session"},
    "bearer": {"type": "http", "scheme": "bearer", "description": "A head unit's credential."},
    "token": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": f"{PREFIX}…",
        "description": "A token of an advertiser's program. What is named with it, and with a session, is "
        "what its role within the organisation must allow.",
    },
}
_DEFAULT = {
    "description": "A problem document (RFC 9457).",
    "content": {"application/problem+json": {"schema": {"$ref": f"{_REF}Problem"}}},
}


def describe(routes: Sequence[BaseRoute]) -> dict[str, Any]:
    """The OpenAPI document of ``routes``: only those whose docstring has an operation after ``---``.

    Path parameters that a docstring leaves out are added as strings, every operation gets the
    problem document as its default answer, and schemas are those of the rooms' own structs.
    """
    document = SchemaGenerator(json.loads(json.dumps(BASE))).get_schema(list(routes))
    endpoints = {
        (info.path, info.http_method): info.func
        for info in SchemaGenerator({}).get_endpoints([r for r in routes if isinstance(r, BaseRoute)])
    }
    document["paths"] = dict(sorted(document["paths"].items()))
    wanted: dict[str, type] = {"Problem": Problem}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            endpoint = endpoints[path, method]
            _complete(operation, path, method, endpoint)
            wanted |= _named(operation, endpoint.__module__)
    _, schemas = msgspec.json.schema_components(wanted.values(), ref_template=_REF + "{name}")
    document["components"] = {
        "schemas": dict(sorted(schemas.items())),
        "securitySchemes": SECURITY_SCHEMES,
    }
    return document


def _complete(operation: dict[str, Any], path: str, method: str, endpoint: Callable[..., Any]) -> None:
    operation["tags"] = [tag[:1].upper() + tag[1:] for tag in operation.get("tags", [_room(endpoint)])]
    name = re.sub(r"[^a-z0-9]+", "-", path.lower()).strip("-")
    operation.setdefault("operationId", f"{method}-{name or 'start'}")
    text = (endpoint.__doc__ or "").split("---")[0].strip()
    operation.setdefault("summary", text.split("\n")[0].rstrip("."))
    parameters = operation.setdefault("parameters", [])
    known = {parameter["name"] for parameter in parameters if parameter.get("in") == "path"}
    for found in re.findall(r"{(\w+)}", path):
        if found not in known:
            parameters.append({"name": found, "in": "path", "required": True, "schema": {"type": "string"}})
    responses = operation.setdefault("responses", {})
    operation["responses"] = {str(status): response for status, response in responses.items()}
    operation["responses"].setdefault("default", _DEFAULT)


def _room(endpoint: Callable[..., Any]) -> str:
    return endpoint.__module__.split(".")[0]


def _named(operation: dict[str, Any], module: str) -> dict[str, type]:
    """The types that an operation refers to by name: as its own module has them, or its room, or others."""
    names = {ref.removeprefix(_REF) for ref in _references(operation) if ref.startswith(_REF)} - {"Problem"}
    nearest_first = (module, module.split(".")[0], *ROOMS)
    return {name: found for name in names if (found := _type(name, nearest_first))}


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(ref := node.get("$ref"), str):
            yield ref
        for value in node.values():
            yield from _references(value)
    elif isinstance(node, list):
        for value in node:
            yield from _references(value)


def _type(name: str, nearest_first: Sequence[str]) -> type | None:
    modules = list(sys.modules.items())
    for place in nearest_first:
        for module_name, module in modules:
            found = getattr(module, name, None) if f"{module_name}.".startswith(f"{place}.") else None
            if isinstance(found, type):
                return found
    return None


def routes(templates: Jinja2Templates, described: Sequence[BaseRoute]) -> list[BaseRoute]:
    """``GET /openapi.json`` and the page ``/api``."""
    document: dict[str, Any] = {}

    def current() -> dict[str, Any]:
        if not document:
            document.update(describe(described))
        return document

    def openapi(request: Request) -> Response:
        return Response(msgspec.json.encode(current()), media_type="application/json")

    def page(request: Request) -> Response:
        context = {"schema": current(), "groups": _groups(current()["paths"])}
        return templates.TemplateResponse(request, "api.html", context)

    return [
        Route("/openapi.json", openapi, include_in_schema=False),
        Route("/api", page, include_in_schema=False),
    ]


def _groups(paths: dict[str, Any]) -> list[tuple[str, list[tuple[str, str, dict[str, Any]]]]]:
    groups: dict[str, list[tuple[str, str, dict[str, Any]]]] = {}
    for path, methods in paths.items():
        for method, operation in methods.items():
            if method in _METHODS:
                groups.setdefault(operation["tags"][0], []).append((method, path, operation))
    return sorted(groups.items())
