"""The rules for VAST that a validator can assert, each by its number in the house's list."""

import re

import msgspec
import pytest

from adserver.vast.document import Ad, Version, duration, write
from tests.unit.adserver.vast.ads import BASE, NS, PICTURE, SOUND, STILL, documents, fill, parsed

ORDER = ["AdSystem", "Error", "Impression", "AdServingId", "AdTitle", "Advertiser", "Category", "Creatives",
         "Description", "Expires"]  # fmt: skip
TRACKED = ["start", "firstQuartile", "midpoint", "thirdQuartile", "complete", "mute", "skip"]


@pytest.fixture
def pod():
    return parsed(documents(Version.V4_2)["pod"])


def local(element) -> str:
    return element.tag.rpartition("}")[2]


def addresses(root) -> list[str]:
    """Of all that counts something."""
    of = ("Error", "Impression", "Tracking", "ClickTracking")
    return [one.text for one in root.iter() if local(one) in of]


@pytest.mark.parametrize("name", ["none", "sound", "picture", "card", "pod"])
def test_1_version_namespace_and_no_errors_beside_ads(name):
    root = parsed(documents(Version.V4_2)[name])
    assert root.tag == "{http://www.iab.com/VAST}VAST"
    assert root.get("version") == "4.2"
    assert {local(one) for one in root} <= {"Ad"}
    old = parsed(documents(Version.V3_0)[name])
    assert (old.tag, old.get("version")) == ("VAST", "3.0")


def test_2_one_inline_each_and_sequences_that_are_unique(pod):
    assert [[local(one) for one in ad] for ad in pod] == [["InLine"]] * 3
    assert [int(ad.get("sequence")) for ad in pod] == [1, 2, 3]
    (alone,) = parsed(documents(Version.V4_2)["sound"])
    assert alone.get("sequence") is None


def test_3_and_5_the_order_of_an_inline(pod):
    for inline in pod.findall("v:Ad/v:InLine", NS):
        found = [local(one) for one in inline]
        assert [one for one in ORDER if one in found] == found
        assert {"AdSystem", "Impression", "AdServingId", "AdTitle", "Creatives"} <= set(found)


def test_4_an_ad_serving_id_of_its_own_that_is_on_every_tracker(pod):
    ids = [one.text for one in pod.iter("{http://www.iab.com/VAST}AdServingId")]
    assert ids == ["fil_1", "fil_2", "fil_3"]
    for ad, serving_id in zip(pod, ids, strict=True):
        found = addresses(ad)
        assert len(found) == 3 + len(TRACKED)
        assert all(f"adservingid={serving_id}" in one for one in found)


def test_6_a_universal_ad_id_for_each_creative(pod):
    found = list(pod.iter("{http://www.iab.com/VAST}UniversalAdId"))
    assert [(one.text, one.get("idRegistry")) for one in found] == [(f"crv_{n}", BASE) for n in (1, 2, 3)]


def test_7_duration_and_media_files(pod):
    assert [one.text for one in pod.iter("{http://www.iab.com/VAST}Duration")] == ["00:00:15.360"] * 3
    files = list(pod.iter("{http://www.iab.com/VAST}MediaFile"))
    assert [(one.get("width"), one.get("height")) for one in files] == [
        ("1280", "720"),
        ("0", "0"),
        ("0", "0"),
    ]
    assert {(one.get("delivery"), one.get("type")) for one in files} == {
        ("streaming", "application/vnd.apple.mpegurl")
    }
    assert [ad.get("adType") for ad in pod] == ["video", "audio", "audio"]


@pytest.mark.parametrize(
    ("length_ms", "text"),
    [(0, "00:00:00.000"), (1920, "00:00:01.920"), (3_723_004, "01:02:03.004"), (59_999, "00:00:59.999")],
)
def test_7_durations(length_ms, text):
    assert duration(length_ms) == text


def test_8_a_source_is_never_handed_out(pod):
    assert not list(pod.iter("{http://www.iab.com/VAST}Mezzanine"))


def test_9_and_10_clicks_and_events(pod):
    assert not list(pod.iter("{http://www.iab.com/VAST}ClickThrough"))
    for events in pod.iter("{http://www.iab.com/VAST}TrackingEvents"):
        assert [one.get("event") for one in events] == TRACKED
    clicks = [one.text for one in pod.iter("{http://www.iab.com/VAST}ClickTracking")]
    assert clicks == [f"{BASE}/v1/beacons/token{n}/tap?adservingid=fil_{n}" for n in (1, 2, 3)]


def test_11_categories_name_their_authority(pod):
    found = [(one.text, one.get("authority")) for one in pod.iter("{http://www.iab.com/VAST}Category")]
    assert found == [("automotive", BASE)] * 2  # the third is of none


@pytest.mark.parametrize("version", Version)
def test_13_addresses_stand_in_cdata_and_its_end_is_split(version):
    url = f"{BASE}/audio.m3u8?grant=g&x=]]>"
    body = write((Ad(fill(), msgspec.structs.replace(SOUND, url=url), 600),), version, BASE)
    assert b"x=]]]]><![CDATA[>]]></MediaFile>" in body
    root = parsed(body)
    assert next(one.text for one in root.iter() if local(one) == "MediaFile") == url
    tags = "Error|Impression|Tracking|ClickTracking|MediaFile"
    opened = re.findall(rf"<(?:{tags})(?: [^>]*)?>(.{{9}})", body.decode())
    assert len(opened) == 3 + len(TRACKED) + 1
    assert set(opened) == {"<![CDATA["}


@pytest.mark.parametrize("version", Version)
def test_texts_are_escaped_and_hold_nothing_forbidden(version):
    root = parsed(documents(version)["sound"])
    told = {local(one): one.text for one in root.iter()}
    assert told["AdTitle"] == "Café <1 €> & more]]>"
    assert told["Description"] == 'Two "for" one'
    assert told["Advertiser"] == "Dealer & Söhne"


@pytest.mark.parametrize("version", Version)
def test_14_no_macro_is_left_for_a_player_to_fill(version):
    assert not re.search(rb"\[[A-Z]{3,}\]", documents(version)["pod"].replace(b"[CDATA[", b""))


@pytest.mark.parametrize("version", Version)
def test_15_without_an_ad_there_is_nothing_but_the_root(version):
    assert len(parsed(documents(version)["none"])) == 0


def test_17_it_expires(pod):
    assert [one.text for one in pod.iter("{http://www.iab.com/VAST}Expires")] == ["600"] * 3


@pytest.mark.parametrize("version", Version)
def test_nobody_learns_what_an_advertiser_pays(version):
    body = write((Ad(fill(), PICTURE, 600),), version, BASE)
    assert b"Pricing" not in body
    assert b"25417" not in body
    assert b"25.417" not in body


@pytest.mark.parametrize("version", Version)
def test_the_impression_and_the_events_are_the_fills_beacons(version):
    root = parsed(documents(version)["sound"])
    (impression,) = [one.text for one in root.iter() if local(one) == "Impression"]
    assert impression == f"{BASE}/v1/beacons/token1/impression?adservingid=fil_1"
    events = {one.get("event"): one.text for one in root.iter() if local(one) == "Tracking"}
    assert events == {name: f"{BASE}/v1/beacons/token1/{name}?adservingid=fil_1" for name in TRACKED}


@pytest.mark.parametrize("version", Version)
def test_the_card_beside_a_spot_is_a_companion_that_nobody_has_to_show(version):
    root = parsed(documents(version)["card"])
    ads = [one for one in root.iter() if local(one) == "Ad"]
    for ad, alt_text in zip(ads, [["Café <1 €> & more]]>"], []], strict=True):
        linear, beside = [one for one in ad.iter() if local(one) == "Creative"]
        assert local(linear[0]) == "Linear"
        (group,) = [one for one in beside if local(one) == "CompanionAds"]
        (companion,) = group
        assert group.get("required") == "none"
        assert (companion.get("width"), companion.get("height")) == ("1280", "720")
        (resource,) = [one for one in companion if local(one) == "StaticResource"]
        assert (resource.get("creativeType"), resource.text) == ("image/jpeg", STILL)
        assert [one.text for one in companion if local(one) == "AltText"] == alt_text
        wanted = version is Version.V4_2
        assert ["UniversalAdId" in {local(one) for one in part} for part in (linear, beside)] == [wanted] * 2


@pytest.mark.parametrize("version", Version)
def test_without_a_card_there_is_no_companion(version):
    assert b"Companion" not in documents(version)["pod"]
