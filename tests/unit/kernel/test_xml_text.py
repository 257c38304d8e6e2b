"""What an XML document may hold."""

from xml.etree import ElementTree

from kernel.xml_text import allowed


def test_what_no_document_may_hold_is_left_out():
    kept = "a\tb\nc\u00e9\ud7ff\ue000\ufffd\U0001f697"
    assert allowed(f"{kept}\x00\x08\x0b\x1f\ud800\ufffe\uffff") == kept
    ElementTree.fromstring(f"<a>{allowed(kept)}</a>")
