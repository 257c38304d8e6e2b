"""Other people's documents: what we use of them, whatever the version, and what is refused."""

import pytest

from adserver.vast import reading
from adserver.vast.document import Version
from adserver.vast.reading import ErrorCode, MediaFile, Named, Price, ReadVast, Tracker, Unread, read
from tests.unit.adserver.vast.ads import BASE, HLS, documents

OLD = b"""
<?xml version="1.0"?><VAST version="2.0"><Ad id="a1"><InLine><AdSystem>S</AdSystem><AdTitle> T </AdTitle>
<Impression id="i"><![CDATA[ https://i.example/?a=1&b=2 ]]></Impression><Impression>https://j.example</Impression>
<Error>https://e.example/[ERRORCODE]</Error><Creatives>
<Creative AdID="c"><Linear skipoffset="00:00:05"><Duration>00:01:30.5</Duration>
<TrackingEvents><Tracking event="start">https://t.example</Tracking>
<Tracking event="progress" offset="25%">https://p.example</Tracking><Tracking event="mute"> </Tracking>
</TrackingEvents>
<VideoClicks><ClickThrough>https://c.example</ClickThrough><ClickTracking>https://k.example</ClickTracking>
<CustomClick id="x">https://x.example</CustomClick></VideoClicks>
<MediaFiles><MediaFile delivery="progressive" type="Video/MP4" width="640" height="360" bitrate="500">
https://m.example/a.mp4</MediaFile><MediaFile delivery="progressive" type="audio/mpeg" width="x" height="">
https://m.example/a.mp3</MediaFile></MediaFiles></Linear></Creative>
<Creative><CompanionAds/></Creative></Creatives></InLine></Ad></VAST>"""
WRAPPER = b"""<VAST version="4.1" xmlns="http://www.iab.com/VAST"><Ad sequence="2">
<Wrapper followAdditionalWrappers="0">
<Impression>https://i.example</Impression><VASTAdTagURI><![CDATA[ https://next.example ]]></VASTAdTagURI>
<ViewableImpression><Viewable>https://v.example</Viewable><NotViewable>https://n.example</NotViewable>
</ViewableImpression></Wrapper></Ad><Ad><Wrapper/></Ad><Ad/></VAST>"""


def test_what_is_used_of_an_old_one():
    document = read(OLD)
    (ad,) = document.ads
    assert (document.version, ad.ad_id, ad.title, ad.sequence, ad.ad_type) == ("2.0", "a1", "T", 0, "video")
    assert ad.impressions == ("https://i.example/?a=1&b=2", "https://j.example")
    assert ad.errors == ("https://e.example/[ERRORCODE]",)
    (linear,) = ad.linears
    assert (linear.ad_id, linear.duration_ms, linear.skip_offset) == ("c", 90_500, "00:00:05")
    assert linear.tracking == (
        Tracker("start", "https://t.example"),
        Tracker("progress", "https://p.example", "25%"),
    )
    assert linear.media == (
        MediaFile("https://m.example/a.mp4", "progressive", "video/mp4", 640, 360, bitrate_kbps=500),
        MediaFile("https://m.example/a.mp3", "progressive", "audio/mpeg", 0, 0),
    )
    clicks = (linear.click_through, linear.click_tracking, linear.custom_clicks)
    assert clicks == ("https://c.example", ("https://k.example",), ("https://x.example",))


def test_12_a_wrapper_asks_one_other_and_has_no_media():
    (ad,) = read(WRAPPER).ads  # one that asks nobody, and an empty one, are passed over
    assert (ad.tag_url, ad.follows, ad.sequence) == ("https://next.example", False, 2)
    assert ad.viewable == (
        Tracker("viewable", "https://v.example"),
        Tracker("notViewable", "https://n.example"),
    )
    assert ad.linears == ()


def test_4_a_wrapper_has_no_ad_serving_id_of_its_own():
    assert read(WRAPPER).ads[0].serving_id == ""


@pytest.mark.parametrize("version", Version)
def test_our_own_are_read_as_they_were_meant(version):
    document = read(documents(version)["pod"])
    assert document.version == version.value
    first, second, third = document.ads
    assert [ad.sequence for ad in document.ads] == [1, 2, 3]
    assert first.title == "Café <1 €> & more]]>"
    assert first.linears[0].duration_ms == 15_360
    assert [one.event for one in second.linears[0].tracking][:2] == ["start", "firstQuartile"]
    (media,) = third.linears[0].media
    assert (media.delivery, media.media_type, media.width) == ("streaming", HLS, 0)
    if version is Version.V4_2:
        assert (first.serving_id, first.expires_s, first.ad_type) == ("fil_1", 600, "video")
        assert (second.ad_type, second.categories) == ("audio", (Named(BASE, "automotive"),))
        assert third.linears[0].universal_ids == (Named(BASE, "crv_3"),)


def test_a_price_and_errors_without_an_ad():
    body = b"""<VAST version="3.0"><Error>https://e.example</Error><Ad><InLine>
    <Pricing model="CPM" currency="usd">
    <![CDATA[ 25.00 ]]></Pricing></InLine></Ad></VAST>"""
    document = read(body)
    assert document.errors == ("https://e.example",)
    assert document.ads[0].price == Price("25.00", "cpm", "USD")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_it_is_read_in_the_encoding_in_which_it_is_written(encoding):
    body = '<?xml version="1.0"?><VAST version="4.0"><Ad><InLine><AdTitle>été</AdTitle></InLine></Ad>'
    body += "</VAST>"
    assert read(body.encode(encoding)).ads[0].title == "été"


BOMB = b"""<?xml version="1.0"?><!DOCTYPE VAST [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;">]>
<VAST version="3.0"><Error>&b;</Error></VAST>"""
FILE = b"""<?xml version="1.0"?><!DOCTYPE VAST [<!ENTITY a SYSTEM "file:///etc/passwd">]>
<VAST version="3.0"><Error>&a;</Error></VAST>"""


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", ErrorCode.XML),
        (b"<VAST version='3.0'>", ErrorCode.XML),
        (b"\xff\xfe\x00", ErrorCode.XML),
        (b'<?xml version="1.0" encoding="none-such"?><VAST version="3.0"/>', ErrorCode.XML),
        (BOMB, ErrorCode.XML),
        (FILE, ErrorCode.XML),
        (BOMB.decode().encode("utf-16"), ErrorCode.XML),
        (b"<VAST version='3.0'>" + b"<a>" * 40 + b"</a>" * 40 + b"</VAST>", ErrorCode.XML),
        (b"<VAST version='3.0'>" + b"<a/>" * 20_000 + b"</VAST>", ErrorCode.XML),
        (b"<VAST version='3.0'>" + b" " * reading.BODY_LIMIT_BYTES + b"</VAST>", ErrorCode.XML),
        (b"<html/>", ErrorCode.SCHEMA),
        (b"<VAST/>", ErrorCode.VERSION),
        (b"<VAST version='1.0'/>", ErrorCode.VERSION),
        (b"<VAST version='5.0'/>", ErrorCode.VERSION),
    ],
)
def test_what_is_refused(body, code):
    answer = read(body)
    assert isinstance(answer, Unread)
    assert answer.code is code


def test_no_more_ads_are_read_than_anybody_plays():
    one = b"<Ad><InLine><AdTitle>T</AdTitle></InLine></Ad>"
    assert len(read(b"<VAST version='3.0'>" + one * 100 + b"</VAST>").ads) == reading.ADS_LIMIT


@pytest.mark.parametrize(
    ("text", "length_ms"),
    [
        ("00:00:16", 16_000),
        ("1:2:3", 3_723_000),
        ("00:00:16.04", 16_040),
        ("16", 0),
        ("", 0),
        ("٠٠:00:16", 0),
    ],
)
def test_durations(text, length_ms):
    body = (
        f"<VAST version='3.0'><Ad><InLine><Creatives><Creative><Linear><Duration>{text}</Duration></Linear>"
    )
    document = read((body + "</Creative></Creatives></InLine></Ad></VAST>").encode())
    assert isinstance(document, ReadVast)
    assert document.ads[0].linears[0].duration_ms == length_ms
