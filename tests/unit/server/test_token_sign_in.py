"""Who is asking, where a token is shown: see also organisations/test_api."""

import pytest

from server.account import MemberRole
from server.organisations.secret import token_of
from tests.organisations import OPERATOR
from tests.unit.server.organisations.conftest import Site, _cheap_hashes, site

__all__ = ["Site", "_cheap_hashes", "site"]


def token(site, own, role=MemberRole.VIEWER) -> str:
    return site.desk.tokens.make(own, "Reports", role, 30, OPERATOR)[1]


async def test_a_cookie_is_not_looked_at_beside_a_token(site):
    ann, own = await site.owner()
    shown = {"Authorization": f"bearer  {token(site, own)}"}
    assert "members" in (await ann.get("/v1/mine")).text
    assert (await ann.get("/v1/mine", headers=shown)).text == f"Reports {own} advertiser reports"
    other = {"Authorization": "Bearer cred_of_a_head_unit"}
    assert (await ann.get("/v1/mine", headers=other)).text == "stranger"


async def test_pages_are_for_people(site):
    ann, own = await site.owner()
    shown = {"Authorization": f"Bearer {token(site, own)}"}
    assert (await site.client(**shown).get("/mine")).text == "stranger"
    assert (await ann.get("/mine", headers=shown)).text.startswith("ann ")


@pytest.mark.parametrize("secret", [token_of("adv_never0made"), "roadcast_adv_abc", "roadcast_adv_"])
async def test_a_token_that_is_none_is_told_so(site, secret):
    answer = await site.client(authorization=f"Bearer {secret}").get("/v1/mine")
    assert (answer.status_code, answer.json()["code"]) == (401, "token-not-valid")
    assert answer.headers["content-type"] == "application/problem+json"
    assert secret not in answer.text


async def test_a_token_ends_by_itself_however_lately_it_was_seen(site):
    _, own = await site.owner()
    program = site.client(authorization=f"Bearer {token(site, own)}")
    site.desk.clock.advance(30 * 86_400 - 1)
    assert (await program.get("/v1/mine")).status_code == 200
    site.desk.clock.advance(1)
    assert (await program.get("/v1/mine")).status_code == 401


async def test_tokens_are_looked_up_once_for_many_requests_and_forgotten_when_something_changes(site):
    _, own = await site.owner()
    program = site.client(authorization=f"Bearer {token(site, own)}")
    looked = []
    find = site.desk.kept.__class__.token

    def counted(kept, token_sha256):
        looked.append(token_sha256)
        return find(kept, token_sha256)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(site.desk.kept.__class__, "token", counted)
        for _ in range(5):
            await program.get("/v1/mine")
        assert len(looked) == 1
        site.visitors.refresh()
        await program.get("/v1/mine")
        assert len(looked) == 2


async def test_a_tokens_name_and_role_are_in_the_log_and_itself_is_not(site, caplog, capsys):
    _, own = await site.owner()
    secret = token(site, own)
    await site.client(authorization=f"Bearer {secret}").get(f"/v1/mine?token={secret}")
    await site.client().get(f"/join/{secret}")
    told = capsys.readouterr()
    assert secret not in told.out + told.err + caplog.text
