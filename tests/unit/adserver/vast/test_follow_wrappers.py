"""Wrappers are followed within limits, and everybody's trackers are kept."""

import asyncio

import pytest

from adserver.vast import follow_wrappers
from adserver.vast.follow_wrappers import ERRORS_LIMIT, Failed, FollowWrappers, Resolved
from adserver.vast.ports import URL_LIMIT, Unfetched
from adserver.vast.reading import ErrorCode

INLINE = """<Ad><InLine><AdTitle>T</AdTitle><Impression>https://ad/i</Impression><Error>https://ad/e</Error>
<Creatives><Creative><Linear><TrackingEvents><Tracking event="start">https://ad/s</Tracking></TrackingEvents>
<VideoClicks><ClickTracking>https://ad/c</ClickTracking></VideoClicks></Linear></Creative></Creatives></InLine></Ad>"""


def vast(inside: str) -> bytes:
    return f"<VAST version='3.0'>{inside}</VAST>".encode()


def wrapper(n: int, to: str, more: str = "") -> bytes:
    return vast(
        f"<Ad><Wrapper {more}><Impression>https://w{n}/i</Impression><Error>https://w{n}/e?[ERRORCODE]</Error>"
        f"<Creatives><Creative><Linear><TrackingEvents><Tracking event='start'>https://w{n}/s</Tracking>"
        f"</TrackingEvents><VideoClicks><ClickTracking>https://w{n}/c</ClickTracking></VideoClicks></Linear>"
        f"</Creative></Creatives><VASTAdTagURI>{to}</VASTAdTagURI></Wrapper></Ad>"
    )


def chain(length: int, end: bytes) -> dict[str, bytes]:
    """Wrappers ``https://w1/`` to ``https://w<length>/``, and then ``https://end/``."""
    following = [f"https://w{n}/" for n in range(2, length + 1)] + ["https://end/"]
    found = {f"https://w{n}/": wrapper(n, to) for n, to in enumerate(following, 1)} if length else {}
    return found | {"https://end/": end}


class Net:
    """Answers by address, and remembers who was asked."""

    def __init__(self, answers) -> None:
        self.answers, self.asked = answers, []

    async def __call__(self, url, limit_bytes):
        self.asked.append(url)
        return self.answers.get(url, Unfetched("no-answer", "status 404"))


async def follow(answers, url="https://w1/"):
    net = Net(answers)
    return await FollowWrappers(net, lambda: {"CACHEBUSTING": "12345678"})(url), net


@pytest.mark.parametrize("length", [0, 1, 5])
async def test_an_ad_and_everybodys_trackers_the_outermost_first(length):
    found, net = await follow(chain(length, vast(INLINE)), "https://w1/" if length else "https://end/")
    assert isinstance(found, Resolved)
    who = [f"w{n}" for n in range(1, length + 1)] + ["ad"]
    assert found.impressions == tuple(f"https://{one}/i" for one in who)
    assert [one.url for one in found.tracking] == [f"https://{one}/s" for one in who]
    assert found.click_tracking == tuple(f"https://{one}/c" for one in who)
    assert len(found.errors) == len(net.asked) == length + 1


async def test_12_more_than_five_wrappers_are_error_302():
    found, net = await follow(chain(6, vast(INLINE)))
    assert isinstance(found, Failed)
    assert found.code is ErrorCode.TOO_DEEP
    assert len(net.asked) == 6
    assert found.told == tuple(f"https://w{n}/e?302" for n in range(1, 7))


async def test_12_a_wrapper_that_bears_none_within_it():
    found, _ = await follow(
        {
            "https://w1/": wrapper(1, "https://w2/", "followAdditionalWrappers='false'"),
            "https://w2/": wrapper(2, "https://end/"),
        }
    )
    assert found.code is ErrorCode.TOO_DEEP


async def test_a_circle_ends():
    found, net = await follow({"https://w1/": wrapper(1, "https://w1/")})
    assert (found.code, len(net.asked)) == (ErrorCode.TOO_DEEP, 6)


@pytest.mark.parametrize("length", [0, 2])
async def test_12_an_empty_one_is_error_303(length):
    end = vast("<Error>https://end/none?[ERRORCODE]</Error>")
    found, _ = await follow(chain(length, end), "https://w1/" if length else "https://end/")
    assert found.code is ErrorCode.NO_AD
    assert found.told == (*(f"https://w{n}/e?303" for n in range(1, length + 1)), "https://end/none?303")


@pytest.mark.parametrize(
    ("end", "code"),
    [
        (Unfetched("address-refused", "not on the public Internet"), ErrorCode.UNREACHABLE),
        (b"<html>", ErrorCode.XML),
        (b"<html/>", ErrorCode.SCHEMA),
        (b"<VAST version='9.0'/>", ErrorCode.VERSION),
    ],
)
async def test_what_goes_wrong_has_its_number(end, code):
    found, _ = await follow(chain(1, end))
    assert found.code is code
    assert found.told == (f"https://w1/e?{code.value}",)


async def test_it_does_not_take_for_ever(monkeypatch):
    monkeypatch.setattr(follow_wrappers, "TIME_LIMIT_S", 0.01)

    async def never(url, limit_bytes):
        await asyncio.Event().wait()

    found = await FollowWrappers(never, dict)("https://w1/")
    assert found.code is ErrorCode.UNREACHABLE


async def test_addresses_are_expanded_and_may_be_relative():
    answers = {
        "https://w1/a/?r=12345678&l=-2": wrapper(1, "../b/?p=[PAGEURL]"),
        "https://w1/b/?p=-1": vast(INLINE),
    }
    found, _ = await follow(answers, "https://w1/a/?r=[CACHEBUSTING]&l=[LATLONG]")
    assert isinstance(found, Resolved)
    assert found.url == "https://w1/b/?p=-1"


async def test_a_way_that_is_no_address_leads_nowhere():
    found, net = await follow({"https://w1/": wrapper(1, "http://[half")})
    assert found.code is ErrorCode.UNREACHABLE
    assert net.asked == ["https://w1/", "http://[half"]


@pytest.mark.parametrize(("code", "final"), [("no-answer", False), ("not-found", True)])
async def test_whether_asking_again_may_help(code, final):
    found, _ = await follow({"https://w1/": Unfetched(code, "")})
    assert found.final is final


async def test_few_are_told_of_an_error_and_each_once():
    many = "".join(f"<Error>https://e/{n % 40}</Error>" for n in range(80))
    found, _ = await follow({"https://w1/": vast(f"<Error>https://{'x' * URL_LIMIT}/</Error>{many}")})
    assert found.told == tuple(f"https://e/{n}" for n in range(ERRORS_LIMIT))


async def test_of_several_the_one_that_stands_alone_is_taken():
    pod = INLINE.replace("<Ad>", "<Ad sequence='1' id='pod'>") + INLINE.replace("<Ad>", "<Ad id='alone'>")
    found, _ = await follow(chain(0, vast(pod)), "https://end/")
    assert found.ad.ad_id == "alone"
