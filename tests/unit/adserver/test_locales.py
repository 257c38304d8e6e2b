"""Every sentence that an advertiser can read on the pages has its French."""

import ast
import re
import tomllib
from datetime import timedelta
from pathlib import Path

import pytest

from adserver.booking.campaign import CampaignState, Category, CreativeState
from adserver.booking.cap import FrequencyCap
from adserver.booking.exchange import CURRENCIES, Exchange
from adserver.booking.forecast import Bound
from adserver.booking.order import check_text, problems
from adserver.booking.room import Booked, check_room
from adserver.booking.suited import share_of
from adserver.booking.targeting import Bounds, Daypart, Driving, Genre, Powertrain, Targeting
from adserver.serving.reason import Reason
from adserver.serving.supply import Kind
from adserver.web import booking_form, caps_form, forecasting
from adserver.web.wording import LANGUAGES, REASONS, REFUSALS
from kernel.errors import Conflict, Invalid
from media import reasons
from server import languages

WEB = Path(booking_form.__file__).parent
FRENCH = {
    text: french
    for room in (WEB, Path(reasons.__file__).parent / "web")
    for text, french in tomllib.loads((room / "locales" / "fr.toml").read_text("utf-8")).items()
}
SOURCE = re.compile(r"""\b_\(\s*(?:"([^"]+)"|'([^']+)')\s*[,)]""")


def test_the_templates():
    texts = {a or b for path in WEB.rglob("*.html") for a, b in SOURCE.findall(path.read_text("utf-8"))}
    assert len(texts) > 80
    assert texts - set(FRENCH) == set()


def test_the_words_of_enumerations():
    words = {c.value.capitalize() for c in Category}
    words |= {s.value for s in (*CampaignState, *CreativeState)} - {"active"} | {
        "scheduled",
        "running",
        "over",
    }
    words |= set(caps_form.WITHINS.values())
    assert words - set(FRENCH) == set()


def test_what_decisions_say():
    assert REFUSALS.keys() == set(Reason)
    assert set(REFUSALS.values()) - set(FRENCH) == set()


def test_what_forecasts_say():
    """Each code that one can have, whatever is asked, has its words."""
    assert forecasting.BOUNDS.keys() == {bound.value for bound in Bound}
    everything = Targeting(
        dayparts=(Daypart(),), languages=("fr",), driving=tuple(Driving), genres=tuple(Genre), models=("m",),
        powertrains=tuple(Powertrain), service_due=True, odometer_km=Bounds(1),
    )  # fmt: skip
    full = Targeting(charge_percent=Bounds(1), fuel_percent=Bounds(1))
    untold = {trait for asked in (everything, full) for trait in share_of(asked, {}, Kind.AUDIO)[1]}
    assert forecasting.UNRECKONED.keys() == untold | {"cap", "fence", "detour"}
    words = {*forecasting.BOUNDS.values(), *forecasting.UNRECKONED.values()}
    assert words - set(FRENCH) == set()


def test_the_answers_to_is_it_serving():
    """Each string of the module that is a sentence, docstrings aside, is all that it can say."""
    tree = ast.parse((WEB.parent / "billing" / "why.py").read_text("utf-8"))
    said = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    texts = {text for text in said if text.endswith(".") and "\n" not in text} - {
        ast.get_docstring(node)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef)
    }
    texts = {text for text in texts if not text.startswith("What is said of")}
    assert len(texts) > 50
    assert texts - set(FRENCH) == set()


async def test_the_faults(house):
    now = house.clock.now()
    bad = [
        house.order(name=""),
        house.order(name="x" * 121),
        house.order(ends_at=now - timedelta(days=2)),
        house.order(starts_at=now - timedelta(days=9), ends_at=now - timedelta(days=2)),
        house.order(ends_at=now + timedelta(days=900)),
        house.order(budget_micros=0, cpm_micros=0, place_ids=(), radius_m=1, currency="XXX"),
        house.order(budget_micros=1, cpm_micros=1, place_ids=("p",) * 20_001),
        house.order(budget_micros=10**16, caps=(FrequencyCap(0),)),
        house.order(currency="CHF"),
        house.order(caps=(FrequencyCap(1, 60),) * 7),
        house.order(caps=(FrequencyCap(1, 60),) * 2),
    ]
    bad.append(house.order(markets=("France",)))
    sentences = {f"{fault.detail} {fault.fix}" for order in bad for fault in problems(order, now, Exchange())}
    sentences |= {f"{fault.detail} {fault.fix}" for fault in problems(house.order(), now, None, house=True)}
    for headline, body in (("", ""), ("x" * 61, "x" * 161)):
        try:
            check_text(headline, body)
        except Invalid as error:
            sentences |= set(error.fields.values())
    assert len(sentences) == 23
    assert len(CURRENCIES) == 9
    assert sentences - set(FRENCH) == set()


@pytest.mark.parametrize("booked", [Booked(500), Booked(1, 99_999)])
def test_the_limits_of_what_is_booked(booked):
    check_room(Booked(499, 99_998), 2)
    with pytest.raises(Conflict) as caught:
        check_room(booked, 2)
    assert f"{caught.value.detail} {caught.value.fix}" in FRENCH


def test_the_reasons_of_creatives():
    assert len(REASONS) > 15
    assert set(REASONS.values()) - set(FRENCH) == set()


def test_the_room_says_everything_in_the_server_s_languages():
    assert languages.LANGUAGES == LANGUAGES


def test_the_refusals_of_coupons():
    """Each sentence of the modules that refuse, docstrings aside; what stands in it is marked."""
    texts = set()
    for name in ("coupons/coupon", "coupons/redeem_coupon", "web/coupon_form"):
        tree = ast.parse((WEB.parent / f"{name}.py").read_text("utf-8"))
        documented = ast.Module | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
        docs = {ast.get_docstring(node) for node in ast.walk(tree) if isinstance(node, documented)}
        inner = {
            id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inner:
                texts.add(node.value)
            elif isinstance(node, ast.JoinedStr):
                said = [part.value if isinstance(part, ast.Constant) else "7" for part in node.values]
                texts.add("".join(map(str, said)))
        bare = {ast.unparse(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        texts = {text for text in texts - docs if repr(text) not in bare}
    texts = {text for text in texts if re.fullmatch(r"[A-Z“][^\n]+ [^\n]+\.", text)}
    assert len(texts) > 15
    catalog = languages.Catalog(FRENCH)
    assert {text for text in texts if not catalog.speaks("fr", text)} == set()
