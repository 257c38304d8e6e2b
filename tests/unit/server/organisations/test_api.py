"""Members, invitations and tokens over HTTP."""

import pytest

from server.account import MemberRole, Role
from server.organisations.keep_members import JOIN_ATTEMPTS
from server.organisations.organisation import INVITATIONS_LIMIT, TOKENS_LIMIT
from tests.organisations import OPERATOR, PASSWORD


async def invited(client, own, role="manager", **more) -> dict:
    answer = await client.post(f"/v1/organisations/{own}/invitations", json={"role": role, **more})
    assert answer.status_code == 201, answer.text
    return answer.json()


def joining(invitation: dict, name: str, **more) -> dict:
    return {"invitation": invitation["link"].rsplit("/", 1)[1], "name": name, "password": PASSWORD, **more}


async def test_somebody_is_invited_joins_is_changed_and_removed(site):
    ann, own = await site.owner()
    at = f"/v1/organisations/{own}"
    assert (await ann.get("/v1/organisations")).json()["organisations"] == [
        {"organisation_id": own, "name": "Garage", "members": 1}
    ]
    made = await invited(ann, own, label="Bob of the shop")
    assert made["link"].startswith("https://cars.example/join/")
    (listed,) = (await ann.get(f"{at}/invitations")).json()["invitations"]
    assert listed == {name: value for name, value in made.items() if name != "link"}

    stranger = site.client()
    joined = await stranger.post("/v1/join", json=joining(made, "bob", display_name="Bob"))
    assert joined.status_code == 201
    assert (joined.json()["display_name"], joined.json()["role"]) == ("Bob", "manager")
    assert (await ann.get(f"{at}/invitations")).json() == {"invitations": []}
    again = await stranger.post("/v1/join", json=joining(made, "eve"))
    assert (again.status_code, again.json()["code"]) == (404, "invitation-not-valid")

    bob = await site.signed_in("bob")
    assert (await bob.get("/v1/mine")).text == f"Bob {own} advertiser booking redeem reports"
    account = f"{at}/members/{joined.json()['account_id']}"
    assert (await ann.patch(account, json={"role": "till"})).json()["role"] == "till"
    assert (await bob.get("/v1/mine")).text == "stranger", "a session ends with what it began under"
    bob = await site.signed_in("bob")
    assert (await ann.delete(account)).status_code == 204
    assert (await bob.get("/v1/mine")).text == "stranger"
    assert (await ann.delete(account)).json()["code"] == "member-unknown"

    acts = (await ann.get(f"{at}/history")).json()["acts"]
    assert [(one["action"], one["actor_name"], one["detail"]) for one in acts] == [
        ("member-removed", "ann", {"name": "bob", "role": "till"}),
        ("member-role-changed", "ann", {"name": "bob", "role": "till", "before": "manager"}),
        ("member-joined", "Bob", {"name": "bob", "role": "manager"}),
        ("member-invited", "ann", {"name": "Bob of the shop", "role": "manager"}),
        ("member-added", "roadcast account", {"name": "ann", "role": "owner"}),
    ]


async def test_the_last_owner_stays_whoever_asks(site):
    ann, own = await site.owner()
    site.account("olga", Role.OPERATOR)
    olga = await site.signed_in("olga")
    (member,) = (await ann.get(f"/v1/organisations/{own}/members")).json()["members"]
    at = f"/v1/organisations/{own}/members/{member['account_id']}"
    for client in (ann, olga):
        for answer in (await client.patch(at, json={"role": "viewer"}), await client.delete(at)):
            assert (answer.status_code, answer.json()["code"]) == (409, "last-owner")
    assert site.desk.roles(own) == {"ann": "owner"}


async def test_operators_look_after_all(site):
    own = site.desk.organisation("Nobody’s yet")
    site.account("olga", Role.OPERATOR)
    olga = await site.signed_in("olga")
    made = await invited(olga, own, "owner")
    assert (await site.client().post("/v1/join", json=joining(made, "ann"))).status_code == 201
    assert site.desk.roles(own) == {"ann": "owner"}
    found = (await olga.get("/v1/organisations")).json()["organisations"]
    assert [(one["name"], one["members"]) for one in found] == [("Nobody’s yet", 1)]
    for path in ("members", "invitations", "tokens", "history"):
        answer = await olga.get(f"/v1/organisations/adv_none/{path}")
        assert (answer.status_code, answer.json()["code"]) == (404, "organisation-unknown")


DEEDS = [
    ("GET", "history", None),
    ("GET", "members", None),
    ("PATCH", "members/{account_id}", {"role": "viewer"}),
    ("DELETE", "members/{account_id}", None),
    ("GET", "invitations", None),
    ("POST", "invitations", {"role": "owner"}),
    ("DELETE", "invitations/{invitation_id}", None),
    ("GET", "tokens", None),
    ("POST", "tokens", {"name": "Mine", "role": "viewer"}),
    ("DELETE", "tokens/{token_id}", None),
]


@pytest.mark.parametrize(("method", "path", "body"), DEEDS)
async def test_another_organisation_does_not_exist(site, method, path, body):
    await site.owner("Theirs", "bob")
    theirs = site.desk.accounts.by_name("bob").organisation_id
    bob = site.desk.kept.members(theirs)[0]
    invitation, _ = site.desk.invite(theirs, MemberRole.TILL, "", OPERATOR)
    token, _ = site.desk.tokens.make(theirs, "Theirs", MemberRole.TILL, 9, OPERATOR)
    before = site.desk.acts(theirs)
    ids = {
        "account_id": bob.account_id,
        "invitation_id": invitation.invitation_id,
        "token_id": token.token_id,
    }
    ann, own = await site.owner("Ours", "ann")
    kind = {"json": body} if body else {}
    answer = await ann.request(method, f"/v1/organisations/{theirs}/{path.format(**ids)}", **kind)
    assert (answer.status_code, answer.json()["code"]) == (404, "organisation-unknown")
    if "{" in path:  # nor do their ids, under a name of one's own
        astray = await ann.request(method, f"/v1/organisations/{own}/{path.format(**ids)}", **kind)
        assert astray.status_code == 404
    assert site.desk.acts(theirs) == before
    assert site.desk.roles(theirs) == {"bob": "owner"}


async def test_a_program_is_let_in_by_its_token_for_what_its_role_says(site):
    ann, own = await site.owner()
    at = f"/v1/organisations/{own}/tokens"
    made = (await ann.post(at, json={"name": "Till 4", "role": "till", "days": 30})).json()
    program = site.client(authorization=f"Bearer {made['token']}")
    assert (await program.get("/v1/mine")).text == f"Till 4 {own} advertiser redeem"
    assert (await program.get("/v1/organisations")).status_code == 403
    (listed,) = (await ann.get(at)).json()["tokens"]
    assert listed["last_used"] == "2026-06-15"
    assert "token" not in listed
    assert (await ann.delete(f"{at}/{made['token_id']}")).status_code == 204
    refused = await program.get("/v1/mine")
    assert (refused.status_code, refused.json()["code"]) == (401, "token-not-valid")
    assert refused.headers["www-authenticate"] == 'Bearer realm="roadcast", error="invalid_token"'
    assert (await ann.get(at)).json() == {"tokens": []}


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("tokens", {"name": "", "role": "till"}, 422, "token-name-missing"),
        ("tokens", {"name": "Mine", "role": "owner"}, 422, "token-role-too-high"),
        ("tokens", {"name": "Mine", "role": "till", "days": 366}, 422, "token-days-out-of-range"),
        ("tokens", {"name": "Mine", "role": "operator"}, 422, "body-invalid"),
        ("invitations", {"role": "operator"}, 422, "body-invalid"),
        ("invitations", {"role": "till", "label": "x" * 61}, 422, "label-invalid"),
        ("invitations", {"role": "till", "organisation_id": "adv_2"}, 422, "body-invalid"),
    ],
)
async def test_what_may_not_be_is_refused(site, path, body, status, code):
    ann, own = await site.owner()
    answer = await ann.post(f"/v1/organisations/{own}/{path}", json=body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert site.desk.acts(own) == ["member-added"]


async def test_there_is_an_end_to_invitations_and_tokens(site):
    ann, own = await site.owner()
    for _ in range(INVITATIONS_LIMIT):
        site.desk.invite(own, MemberRole.VIEWER, "", OPERATOR)
    for _ in range(TOKENS_LIMIT):
        site.desk.tokens.make(own, "Mine", MemberRole.VIEWER, 9, OPERATOR)
    for path, body in (("invitations", {"role": "till"}), ("tokens", {"name": "Mine", "role": "till"})):
        answer = await ann.post(f"/v1/organisations/{own}/{path}", json=body)
        assert (answer.status_code, answer.json()["code"]) == (409, f"{path}-too-many")
    site.desk.clock.advance(8 * 86_400)
    assert (await invited(ann, own))["role"] == "manager", "those that are over take no room"


async def test_a_link_does_not_tell_which_names_there_are_for_long(site):
    ann, own = await site.owner()
    made = await invited(ann, own)
    stranger = site.client()
    for _ in range(JOIN_ATTEMPTS):
        answer = await stranger.post("/v1/join", json=joining(made, "ann"))
        assert (answer.status_code, answer.json()["code"]) == (409, "account-name-taken")
    answer = await stranger.post("/v1/join", json=joining(made, "bob"))
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "900")
    assert site.desk.roles(own) == {"ann": "owner"}


async def test_another_site_cannot_have_an_owner_do_anything(site):
    ann, own = await site.owner()
    for path, kind in (("v1", {"json": {"role": "owner"}}), ("advertiser", {"data": {"role": "owner"}})):
        answer = await ann.post(
            f"/{path}/organisations/{own}/invitations", headers={"Sec-Fetch-Site": "cross-site"}, **kind
        )
        assert (answer.status_code, answer.json()["code"]) == (403, "cross-origin")
    assert site.desk.acts(own) == ["member-added"]
