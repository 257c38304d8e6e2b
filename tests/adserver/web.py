"""The ad server's routes as one application, signed in by a header."""

from dataclasses import dataclass

import httpx
from starlette.applications import Starlette
from starlette.authentication import AuthCredentials, AuthenticationBackend, BaseUser
from starlette.middleware import Middleware
from starlette.middleware.authentication import AuthenticationMiddleware
from starlette.middleware.sessions import SessionMiddleware

from adserver.adapters.pdf_invoices import PdfInvoices
from adserver.booking.find_areas import FindAreas
from adserver.booking.find_places import FindPlaces
from adserver.web import (
    beacons,
    bill_to,
    booking,
    campaigns,
    capping,
    corrections,
    coupon_pages,
    coupons,
    crediting,
    delivering,
    explaining,
    forecasting,
    invoicing,
    replaying,
)
from server.account import MAY, SCOPES, MemberRole, Role
from server.errors import exception_handlers
from server.pages import build_templates, read_catalog, written_money
from tests.adserver.house import House

SCOPES_OF = {
    "operator": SCOPES[Role.OPERATOR],
    "advertiser": (*SCOPES[Role.ADVERTISER], *MAY[MemberRole.OWNER]),
    **{role.value: (*SCOPES[Role.ADVERTISER], *may) for role, may in MAY.items()},
}
"""By what ``X-Role`` says; an advertiser is an owner."""


@dataclass
class User(BaseUser):
    """Somebody of an organisation."""

    organisation_id: str
    account_id: str = "acc"
    display_name: str = "Somebody"
    is_authenticated: bool = True


class HeaderSignIn(AuthenticationBackend):
    """``X-Role: advertiser adv_1`` is an account of that advertiser."""

    async def authenticate(self, conn):
        role, _, organisation_id = conn.headers.get("x-role", "").partition(" ")
        scopes = SCOPES_OF.get(role, [role])
        return (
            (AuthCredentials(scopes), User(organisation_id, account_id=conn.headers.get("x-account", "acc")))
            if role
            else None
        )


def browser(house: House) -> httpx.AsyncClient:
    """A client of the ad server's pages and API."""
    verbs = campaigns.Booking(
        book=house.book,
        submit=house.submit,
        change=house.change,
        edit=house.edit,
        remove=house.remove,
        withdraw=house.withdraw,
        arrange=house.arrange,
        review=house.review,
        read=house.read,
        report=house.report,
        credit=house.credit,
        delivery=house.delivery,
        forecast=house.forecast,
        cap=house.cap,
    )
    templates, couponing = build_templates(), coupons.Couponing(house.redeem, house.read_coupons)
    printer = PdfInvoices(read_catalog().translate, written_money)
    issuing = invoicing.Invoicing(house.issue, house.read_invoices, house.bill_to, printer)
    find_places, find_areas = FindPlaces(house.index), FindAreas(house.area_index)
    app = Starlette(
        routes=[
            *beacons.routes(house.record),
            *campaigns.routes(verbs),
            *explaining.routes(verbs.report, read_catalog().translate),
            *corrections.routes(verbs),
            *coupons.routes(couponing),
            *coupon_pages.routes(templates, couponing, house.read),
            *capping.routes(verbs.cap),
            *crediting.routes(verbs),
            *delivering.routes(verbs.delivery),
            *forecasting.routes(verbs.forecast),
            *invoicing.routes(templates, issuing),
            *bill_to.routes(templates, house.bill_to),
            *replaying.routes(templates, house.replay, house.read),
            *booking.routes(templates, verbs, find_places, find_areas, house.clock, house.new_id),
        ],
        middleware=[
            Middleware(SessionMiddleware, secret_key="test"),
            Middleware(AuthenticationMiddleware, backend=HeaderSignIn()),
        ],
        exception_handlers=exception_handlers(templates),
    )
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test")


def as_advertiser(advertiser_id: str) -> dict[str, str]:
    """Headers of an account of an advertiser."""
    return {"X-Role": f"advertiser {advertiser_id}"}


OPERATOR = {"X-Role": "operator "}
