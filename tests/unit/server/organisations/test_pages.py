"""The owners' page, and the operators' list."""

import ast
import tomllib
from pathlib import Path

import pytest

from server.account import MAY, MemberRole, Role
from server.organisations import pages
from server.organisations.organisation import Action

ROOT = Path(pages.__file__).parent
FRENCH = tomllib.loads((ROOT.parent / "locales" / "fr.toml").read_text("utf-8"))
PAGE = "/advertiser/organisations"


async def test_an_owner_is_led_to_their_own_page_and_it_says_what_is_missing(site):
    ann, own = await site.owner()
    assert (await ann.get(PAGE)).headers["location"] == f"{PAGE}/{own}"
    text = (await ann.get(f"{PAGE}/{own}")).text
    assert "No open invitations." in text
    assert "No tokens yet." in text
    assert "added ann as Owner" in text
    assert text.count("data-member=") == 1
    theirs = site.desk.organisation("Theirs")
    assert (await ann.get(f"{PAGE}/{theirs}")).json()["code"] == "organisation-unknown"


async def test_a_link_and_a_token_are_shown_once(site):
    ann, own = await site.owner()
    for path, form in (
        ("invitations", {"role": "till", "label": "<Bob>"}),
        ("tokens", {"role": "viewer", "label": "Reports & more", "days": "30"}),
    ):
        answer = await ann.post(f"{PAGE}/{own}/{path}", data=form)
        assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
        made = answer.text.split('class="made" readonly value="')[1].split('"')[0]
        assert made.startswith(("https://cars.example/join/", "roadcast_adv_"))
        later = (await ann.get(f"{PAGE}/{own}")).text
        assert made not in later
        assert "<Bob>" not in later
    assert "&lt;Bob&gt;" in later
    assert "Reports &amp; more" in later


async def test_members_are_changed_and_removed_by_their_buttons(site):
    ann, own = await site.owner()
    bob = site.account("bob", Role.ADVERTISER, own, MemberRole.VIEWER)
    at = f"{PAGE}/{own}/members/{bob.account_id}"
    answer = await ann.post(f"{at}/role", data={"role": "finance"})
    assert (answer.status_code, answer.headers["location"]) == (303, f"{PAGE}/{own}#members")
    assert site.desk.roles(own)["bob"] == "finance"
    assert (await ann.post(f"{at}/remove")).status_code == 303
    gone = await ann.post(f"{at}/remove")
    assert (gone.status_code, "The organisation has no such member." in gone.text) == (404, True)
    shown = (await ann.get(f"{PAGE}/{own}")).text
    assert "removed bob, who was Finance" in shown
    french = (await ann.get(f"{PAGE}/{own}", headers={"accept-language": "fr"})).text
    assert "a supprimé bob (Comptabilité)" in french


@pytest.mark.parametrize(
    ("path", "form", "code"),
    [
        ("members/{}/role", {"role": "viewer"}, "last-owner"),
        ("members/{}/remove", {}, "last-owner"),
        ("invitations", {"role": "till", "label": "x" * 61}, "label-invalid"),
        ("tokens", {"role": "till", "label": "", "days": "9"}, "token-name-missing"),
        ("tokens", {"role": "till", "label": "Mine", "days": "many"}, "token-days-out-of-range"),
        ("tokens", {"role": "owner", "label": "Mine", "days": "9"}, "token-role-too-high"),
    ],
)
async def test_a_refusal_stands_where_it_was_asked_in_both_languages(site, path, form, code):
    ann, own = await site.owner()
    at = f"{PAGE}/{own}/{path.format(site.desk.accounts.by_name('ann').account_id)}"
    for language in ("en", "fr"):
        answer = await ann.post(at, data=form, headers={"accept-language": language})
        assert (answer.status_code, answer.text.count(f'data-code="{code}"')) == (422, 1)
    (said,) = [part for part in answer.text.split("<p ") if f'data-code="{code}"' in part]
    assert not any(word in said for word in (" the ", " is ", " has ")), said


async def test_what_was_typed_stays(site):
    ann, own = await site.owner()
    answer = await ann.post(f"{PAGE}/{own}/tokens", data={"role": "till", "label": "Kiosk 7", "days": "900"})
    assert 'value="Kiosk 7"' in answer.text
    assert 'value="900"' in answer.text
    assert '<option value="till" selected>' in answer.text


async def test_an_unknown_role_is_refused(site):
    ann, own = await site.owner()
    answer = await ann.post(f"{PAGE}/{own}/invitations", data={"role": "operator"})
    assert (answer.status_code, answer.json()["code"]) == (422, "role-unknown")


async def test_operators_see_all_organisations(site):
    site.account("olga", Role.OPERATOR)
    olga = await site.signed_in("olga")
    assert "No organisations yet" in (await olga.get(PAGE)).text
    own = site.desk.organisation("Café <b>")
    listed = (await olga.get(PAGE)).text
    assert f'href="{PAGE}/{own}"' in listed
    assert "Café &lt;b&gt;" in listed
    empty = (await olga.get(f"{PAGE}/{own}")).text
    assert "Nobody yet. Invite an owner." in empty
    assert "Nothing was done yet." in empty


@pytest.mark.parametrize("role", [role for role in MemberRole if "members" not in MAY[role]])
async def test_others_are_told_whom_to_ask(site, role):
    own = site.desk.organisation()
    site.account("bob", Role.ADVERTISER, own, role)
    bob = await site.signed_in("bob")
    for language, words in (("en", "Ask an owner"), ("fr", "Demandez un autre rôle à un propriétaire")):
        headers = {"accept": "text/html", "accept-language": language}
        answer = await bob.get(f"{PAGE}/{own}", headers=headers)
        assert answer.status_code == 403
        assert words in answer.text
    assert (await bob.get(f"{PAGE}/{own}")).json()["fix"].startswith("Ask an owner")


def test_all_that_the_pages_can_say_has_its_french():
    words = {*pages.ROLE_NAMES.values(), *pages.ROLE_WORDS.values(), *pages.ACTION_WORDS.values()}
    assert set(pages.ROLE_NAMES) == set(pages.ROLE_WORDS) == set(MemberRole)
    assert set(pages.ACTION_WORDS) == set(Action)
    assert words - set(FRENCH) == set()


def test_refusals_have_their_french():
    """Each plain string of the verbs and nouns that is a sentence, docstrings aside."""
    said = set()
    for path in ROOT.glob("*.py"):
        if path.stem in {"api", "bodies", "visiting", "__init__"}:
            continue
        tree = ast.parse(path.read_text("utf-8"))
        nodes = [one for one in ast.walk(tree) if isinstance(one, ast.Constant)]
        texts = {one.value for one in nodes if isinstance(one.value, str) and one.value.endswith(".")}
        documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
        said |= texts - {
            ast.get_docstring(one, clean=False) for one in ast.walk(tree) if isinstance(one, documented)
        }
        said = {text for text in said if "\n" not in text and text[0].isupper() and " " in text}
    said -= {
        text for text in said if text.startswith(("What ", "Whoever ", "By which", "How often", "No program"))
    }
    assert len(said) > 15
    assert said - set(FRENCH) == set()
