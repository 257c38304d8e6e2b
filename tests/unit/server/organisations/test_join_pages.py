"""Where an invitation's link leads."""

import pytest

from server.account import MemberRole, Role
from server.organisations.keep_members import JOIN_ATTEMPTS
from tests.organisations import OPERATOR, PASSWORD


@pytest.fixture
def link(site):
    own = site.desk.organisation("Garage <Martin>")
    _, secret = site.desk.invite(own, MemberRole.TILL, "", OPERATOR)
    return own, f"/join/{secret}"


async def test_the_invited_choose_a_name_and_a_password_and_are_let_in(site, link):
    own, at = link
    bob = site.client()
    page = await bob.get(at)
    assert (page.status_code, page.headers["cache-control"]) == (200, "no-store")
    assert "Garage &lt;Martin&gt;" in page.text
    assert "redeems coupons" in page.text
    assert "valide des bons" in (await bob.get(at, headers={"accept-language": "fr"})).text
    answer = await bob.post(at, data={"name": "Bob", "password": PASSWORD, "display_name": " Bob  B. "})
    assert (answer.status_code, answer.headers["location"]) == (303, "/advertiser/redeem")
    assert (await bob.get("/v1/mine")).text == f"Bob B. {own} advertiser redeem"
    for again in (await bob.get(at), await bob.post(at, data={"name": "eve", "password": PASSWORD})):
        assert (again.status_code, again.json()["code"]) == (404, "invitation-not-valid")


@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({"name": " ", "password": PASSWORD}, "account-name-invalid"),
        ({"name": "x" * 500, "password": PASSWORD}, "account-name-invalid"),
        ({"name": "Bob <3", "password": "short"}, "password-too-short"),
        ({"name": "Bob <3", "password": "x" * 2000}, "password-too-long"),
        ({"name": "Bob <3", "password": PASSWORD, "display_name": "x" * 500}, "display-name-invalid"),
        ({"name": "ANN", "password": PASSWORD}, "account-name-taken"),
    ],
)
async def test_what_may_not_be_leaves_the_link_good(site, link, form, code):
    own, at = link
    site.account("ann", Role.ADVERTISER, own)
    bob = site.client()
    answer = await bob.post(at, data=form)
    assert (answer.status_code, f'data-code="{code}"' in answer.text) == (422, True)
    assert PASSWORD not in answer.text
    assert (await bob.get("/v1/mine")).text == "stranger"
    assert (await bob.post(at, data={"name": "bob", "password": PASSWORD})).status_code == 303
    assert site.desk.roles(own) == {"ann": "owner", "bob": "till"}


async def test_a_link_ends_after_a_week(site, link):
    _, at = link
    site.desk.clock.advance(7 * 86_400 - 1)
    assert (await site.client().get(at)).status_code == 200
    site.desk.clock.advance(1)
    assert (await site.client().get(at)).status_code == 404
    page = await site.client().get(at, headers={"accept": "text/html", "accept-language": "fr"})
    assert "inconnue, utilisée ou expirée" in page.text


async def test_it_cannot_be_tried_for_ever(site, link):
    own, at = link
    site.account("ann", Role.ADVERTISER, own)
    bob = site.client()
    for _ in range(JOIN_ATTEMPTS):
        assert (await bob.post(at, data={"name": "ann", "password": PASSWORD})).status_code == 422
    answer = await bob.post(at, data={"name": "bob", "password": PASSWORD})
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "900")


async def test_who_is_signed_in_is_told_and_becomes_the_new_account(site, link):
    _, at = link
    ann, _ = await site.owner("Other")
    assert "You are signed in as ann." in (await ann.get(at)).text
    assert (await ann.post(at, data={"name": "bob", "password": PASSWORD})).status_code == 303
    assert (await ann.get("/v1/mine")).text.startswith("bob ")


async def test_another_site_cannot_join_for_somebody(site, link):
    own, at = link
    form = {"name": "bob", "password": PASSWORD}
    answer = await site.client().post(at, data=form, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    assert site.desk.roles(own) == {}
