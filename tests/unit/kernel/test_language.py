"""Tags of languages."""

import pytest

from kernel.language import LANGUAGE_TAG


@pytest.mark.parametrize(("tag", "read"), [
    ("fr", True), ("en-GB", True), ("zh-Hant-TW", True), ("gsw", True),
    ("", False), ("f", False), ("French", False), ("fr_FR", False), ("fr-", False), ("en-GB\n", False),
])  # fmt: skip
def test_a_language_is_read_by_its_tag(tag, read):
    assert bool(LANGUAGE_TAG.fullmatch(tag)) is read
