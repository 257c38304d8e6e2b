"""Elements of an XML document, written with the standard library's minidom: it knows CDATA sections."""

import re
from xml.dom.minidom import Document, Element

from kernel.xml_text import allowed

_CDATA_END = re.compile(r"(?<=\]\])(?=>)")


def root(name: str, **attributes: str) -> tuple[Document, Element]:
    """A new document and its outermost element."""
    document = Document()
    element = document.createElement(name)
    document.appendChild(element)
    _dress(element, attributes)
    return document, element


def child(parent: Element, name: str, said: str = "", **attributes: str) -> Element:
    """A new last element of ``parent``, with ``said`` as its text, if anything; escaped as it is written."""
    document = parent.ownerDocument
    assert document is not None
    element = document.createElement(name)
    if said:
        element.appendChild(document.createTextNode(allowed(said)))
    _dress(element, attributes)
    parent.appendChild(element)
    return element


def address(parent: Element, name: str, uri: str, **attributes: str) -> Element:
    """The same for a URI: in a CDATA section, or in two where the URI has the end of one in it."""
    document = parent.ownerDocument
    assert document is not None
    element = child(parent, name, **attributes)
    for part in _CDATA_END.split(allowed(uri)):
        element.appendChild(document.createCDATASection(part))
    return element


def written(document: Document) -> bytes:
    """As UTF-8."""
    return document.toxml(encoding="UTF-8")


def _dress(element: Element, attributes: dict[str, str]) -> None:
    for name, value in attributes.items():
        element.setAttribute(name.replace("__", ":"), allowed(value))
