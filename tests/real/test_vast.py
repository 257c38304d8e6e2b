"""VAST: what we write, held to the schemas of the Interactive Advertising Bureau; its samples, read."""

from pathlib import Path

import pytest
from lxml import etree

from adserver.vast.document import Version
from adserver.vast.reading import ReadVast, read
from tests.unit.adserver.vast.ads import documents

SCHEMAS = {Version.V4_2: "vast_4.2.xsd", Version.V3_0: "vast3_draft.xsd"}


@pytest.fixture(params=Version)
def version(request) -> Version:
    return request.param


@pytest.fixture
def schema(real_data: Path, version: Version) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(str(real_data / "vast" / SCHEMAS[version])))


def test_every_document_is_valid(schema, version):
    for name, body in documents(version).items():
        assert schema.validate(etree.fromstring(body)), (name, schema.error_log)


def test_the_schema_refuses_what_is_wrong(schema, version):
    root = etree.fromstring(documents(version)["sound"])
    (impression,) = [one for one in root.iter() if one.tag.endswith("Impression")]
    impression.getparent().remove(impression)
    assert not schema.validate(root)


def samples(folder: Path) -> dict[str, bytes]:
    """Every VAST document there, those within a VMAP too."""
    found = {}
    for path in sorted(folder.rglob("*.xml")):
        root = etree.fromstring(path.read_bytes().strip())
        inside = [root] if local(root) == "VAST" else [one for one in root.iter() if local(one) == "VAST"]
        found |= {f"{path.parent.name}/{path.name}#{n}": etree.tostring(one) for n, one in enumerate(inside)}
    return found


def local(element) -> str:
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def under(root, *path: str) -> list:
    """The elements at a path of local names below ``root``, by lxml and without our reader."""
    found = [root]
    for name in path:
        found = [one for parent in found for one in parent if local(one) == name]
    return found


def texts(root, *path: str) -> list[str]:
    return [text for one in under(root, *path) if (text := (one.text or "").strip())]


def test_every_sample_is_read_without_loss(real_data):
    found = samples(real_data / "vast")
    assert len(found) == 25
    for name, body in found.items():
        document, root = read(body), etree.fromstring(body)
        assert isinstance(document, ReadVast), name
        elements = [one for ad in under(root, "Ad") for one in ad if local(one) in {"InLine", "Wrapper"}]
        assert len(document.ads) == len(elements) > 0, name
        for ad, element in zip(document.ads, elements, strict=True):
            check(ad, element, name)


def check(ad, element, name: str) -> None:
    """Whatever is played, counted, or told of it."""
    for said, tag in (
        (ad.system, "AdSystem"), (ad.title, "AdTitle"), (ad.description, "Description"),
        (ad.advertiser, "Advertiser"), (ad.serving_id, "AdServingId"), (ad.tag_url, "VASTAdTagURI"),
    ):  # fmt: skip
        assert [said] == (texts(element, tag) or [""]), (name, tag)
    assert list(ad.impressions) == texts(element, "Impression"), name
    assert list(ad.errors) == texts(element, "Error"), name
    assert [one.value for one in ad.categories] == texts(element, "Category"), name
    assert [ad.price.value] if ad.price else texts(element, "Pricing") == [], name
    seen = [one for kind in ("Viewable", "NotViewable", "ViewUndetermined")
            for one in texts(element, "ViewableImpression", kind)]  # fmt: skip
    assert [one.url for one in ad.viewable] == seen, name
    creatives = [one for one in under(element, "Creatives", "Creative") if under(one, "Linear")]
    assert len(ad.linears) == len(creatives), name
    for linear, creative in zip(ad.linears, creatives, strict=True):
        (inside,) = under(creative, "Linear")
        tracked = under(inside, "TrackingEvents", "Tracking")
        expected = [(one.get("event"), one.text.strip(), one.get("offset", "")) for one in tracked]
        assert [(one.event, one.url, one.offset) for one in linear.tracking] == expected, name
        for kind, files in (("MediaFile", linear.media), ("Mezzanine", linear.mezzanines)):
            given = under(inside, "MediaFiles", kind)
            expected = [(one.text.strip(), one.get("type"), int(one.get("width"))) for one in given]
            assert [(one.url, one.media_type, one.width) for one in files] == expected, name
        assert [linear.click_through] == (texts(inside, "VideoClicks", "ClickThrough") or [""]), name
        assert list(linear.click_tracking) == texts(inside, "VideoClicks", "ClickTracking"), name
        assert list(linear.custom_clicks) == texts(inside, "VideoClicks", "CustomClick"), name
        assert [one.value for one in linear.universal_ids] == texts(creative, "UniversalAdId"), name
        assert (linear.duration_ms > 0) is bool(texts(inside, "Duration")), name
