"""An organisation's way: its first owner by the command line, others by links, a program by a token."""

from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import httpx

from tests.walks.service import PASSWORD, eventually
from tests.walks.test_campaign import import_places, place

LORIENT = (47.7483, -3.3702)
"""Of this walk alone."""


def test_from_the_first_owner_to_a_program_that_books_and_is_revoked(service):
    made = service.command(
        *("account", "add", "walk-owner", "--role", "advertiser", "--advertiser", "Walk’s chandlery"),
        *("--password", PASSWORD),
    )
    assert made.returncode == 0, made.stderr
    with service.client("operator") as operator:
        near = import_places(operator, [place("near", 0.01, LORIENT), place("far", 1.0, LORIENT)])
    with service.client("walk-owner") as owner, service.client() as manager, service.client() as program:
        own = owner.get("/v1/organisations").json()["organisations"][0]["organisation_id"]
        at = f"/v1/organisations/{own}"

        link = urlsplit(invited(owner, at, "manager")["link"]).path
        joined = manager.post(link, data={"name": "walk-manager", "password": PASSWORD})
        assert (joined.status_code, joined.headers["location"]) == (303, "/advertiser"), joined.text
        assert manager.get(link).status_code == 404, "a link is used once"
        assert manager.get(f"{at}/members").status_code == 403

        token = owner.post(f"{at}/tokens", json={"name": "Stock", "role": "manager", "days": 1}).json()
        program.headers["Authorization"] = f"Bearer {token['token']}"
        order = eventually(lambda: booked(program, near))
        assert order["advertiser_id"] == own
        campaign = f"/v1/campaigns/{order['campaign_id']}"
        assert manager.get(campaign).json() == order, "colleagues see what a program books"
        with service.client("advertiser") as rival:
            assert rival.get(campaign).status_code == 404
        assert program.post(f"{campaign}/pause").json()["state"] == "paused"
        assert program.get("/v1/invoices").status_code == program.get(f"{at}/tokens").status_code == 403

        member = next(
            one for one in owner.get(f"{at}/members").json()["members"] if one["name"] == "walk-manager"
        )
        assert owner.patch(f"{at}/members/{member['account_id']}", json={"role": "till"}).status_code == 200
        eventually(lambda: manager.get(campaign).status_code == 401)
        assert owner.delete(f"{at}/tokens/{token['token_id']}").status_code == 204
        eventually(lambda: program.get(campaign).json()["code"] == "token-not-valid")
        (left,) = (one for one in owner.get(f"{at}/members").json()["members"] if one["role"] == "owner")
        refused = owner.delete(f"{at}/members/{left['account_id']}")
        assert refused.json()["code"] == "last-owner"
        acts = [one["action"] for one in owner.get(f"{at}/history").json()["acts"]]
        assert acts == [
            *("token-revoked", "member-role-changed", "token-made", "member-joined", "member-invited"),
            "member-added",
        ]
    told = service.log.read_text()
    for secret in (token["token"], link.rsplit("/", 1)[1], PASSWORD):
        assert secret not in told


def invited(owner: httpx.Client, at: str, role: str) -> dict:
    """An invitation with its link."""
    answer = owner.post(f"{at}/invitations", json={"role": role})
    assert answer.status_code == 201, answer.text
    return answer.json()


def booked(program: httpx.Client, near: str) -> dict | None:
    """The campaign; None while the place is not known to all processes."""
    now = datetime.now(UTC)
    order = {
        "name": "Ropes",
        "starts_at": now.isoformat(),
        "ends_at": (now + timedelta(days=30)).isoformat(),
        "budget_micros": 100_000_000,
        "cpm_micros": 10_000_000,
        "radius_m": 3000,
        "place_ids": [near],
    }
    answer = program.post("/v1/campaigns", json=order)
    return answer.json() if answer.status_code == 201 else None
