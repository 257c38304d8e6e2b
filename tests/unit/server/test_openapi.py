import sys
from types import ModuleType

import msgspec
from starlette.responses import Response
from starlette.routing import Mount, Route

from server.openapi import describe


class Unused(msgspec.Struct):
    name: str


async def read(request):
    """Read one campaign.

    ---
    responses:
      200:
        description: The campaign.
        content: {application/json: {schema: {$ref: "#/components/schemas/Campaign"}}}
    """
    return Response()


async def undocumented(request):
    """A page."""
    return Response()


def test_docstrings_become_operations():
    import adserver.booking.campaign  # noqa: F401 - where the schema is found

    routes = [
        Mount("/v1", routes=[Route("/campaigns/{campaign_id:str}", read), Route("/quiet", undocumented)]),
    ]
    document = describe(routes)
    assert document["openapi"] == "3.1.0"
    assert list(document["paths"]) == ["/v1/campaigns/{campaign_id}"]
    operation = document["paths"]["/v1/campaigns/{campaign_id}"]["get"]
    assert operation["summary"] == "Read one campaign"
    assert operation["operationId"] == "get-v1-campaigns-campaign-id"
    assert operation["parameters"] == [
        {"name": "campaign_id", "in": "path", "required": True, "schema": {"type": "string"}}
    ]
    assert set(operation["responses"]) == {"200", "default"}
    schemas = document["components"]["schemas"]
    assert "budget_micros" in str(schemas["LineItem"])
    assert {"Campaign", "Problem"} <= set(schemas)


def test_a_name_means_what_it_means_to_the_endpoint(monkeypatch):
    import adserver.booking.campaign  # noqa: F401 - it has another of that name

    late = ModuleType("adserver.late")
    late.Campaign = msgspec.defstruct("Campaign", [("its_own", int)])
    monkeypatch.setitem(sys.modules, late.__name__, late)

    async def endpoint(request):
        return Response()

    endpoint.__doc__, endpoint.__module__ = read.__doc__, late.__name__
    schemas = describe([Route("/late", endpoint)])["components"]["schemas"]
    assert schemas["Campaign"]["properties"].keys() == {"its_own"}
