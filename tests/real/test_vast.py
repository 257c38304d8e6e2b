"""VAST and VMAP: what we write, held to the schemas of the Interactive Advertising Bureau."""

from pathlib import Path

import pytest
from lxml import etree

from adserver.vast.document import Version
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
