"""Elements, texts and CDATA sections, as a parser reads them again."""

from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from adserver.vast.writing import address, child, root, written
from kernel.xml_text import allowed


@given(st.text(), st.text())
def test_whatever_is_written_is_read_again_but_for_what_no_document_may_hold(said, named):
    document, outermost = root("a", b=named)
    child(outermost, "text", said)
    address(outermost, "uri", said)
    found = etree.fromstring(written(document), etree.XMLParser(strip_cdata=False))
    # A parser gives a line feed for each end of a line (XML 1.0, 2.11), and spaces within attributes (3.3.3).
    lines = allowed(said).replace("\r\n", "\n")
    read = [(one.text or "").replace("\r\n", "\n") for one in found]
    assert [one.replace("\r", "\n") for one in read] == [lines.replace("\r", "\n")] * 2
