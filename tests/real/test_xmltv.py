"""What we export, held to XMLTV's own document type."""

from pathlib import Path

from lxml import etree

from content.guide.xmltv import Extent, Site, document
from content.library.programme import Credit, CreditRole
from media.house_format import starts_at_ms
from tests.unit.content.guide.conftest import BASE, programme, written
from tests.unit.content.guide.test_xmltv import FULL


def test_the_export_is_valid(real_data: Path) -> None:
    dtd = etree.DTD(str(real_data / "xmltv" / "xmltv.dtd"))
    plain = programme(
        "news", synopsis="", credits=(Credit(CreditRole.ACTOR, "A"), Credit(CreditRole.ACTOR, "B"))
    )
    season = programme("part", series_title="Series", season=3)
    lineup = written(
        ("film1", 100), ("", 16), ("film1", 50), ("news1", 10), ("part1", 10),
        ("news2", 300, True), ("film2", 30),
        programmes=[FULL, plain, season],
    )  # fmt: skip
    for channels in ([], [lineup], [lineup, written()]):
        whole = b"".join(
            document(channels, Site("https://tv.example"), Extent(starts_at_ms(BASE), 2, market="FR"))
        )
        tv = etree.fromstring(whole)
        assert dtd.validate(tv), dtd.error_log.filter_from_errors()
        assert len(tv.findall("programme")) == (5 if channels else 0)


def test_the_document_type_refuses_what_is_wrong(real_data: Path) -> None:
    dtd = etree.DTD(str(real_data / "xmltv" / "xmltv.dtd"))
    assert not dtd.validate(
        etree.fromstring("<tv><programme channel='a'><title>No start</title></programme></tv>")
    )
