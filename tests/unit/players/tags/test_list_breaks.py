"""VMAP: each break's tag asks for what the document was asked for, and no more rights than it needs."""

from urllib.parse import parse_qs, urlsplit

import pytest
from lxml import etree

from adserver.vast.document import Version
from kernel.errors import Forbidden
from players.playback.session import Scope, open_grant
from players.tags.tag import Tag


async def test_each_breaks_tag_is_one_of_ours(house):
    session = await house.opened()
    asked = Tag("film-7", 15, 2, Version.V3_0)
    root = etree.fromstring(await house.list_breaks(session.grant, asked, ["start", "50%"]))
    tags = [one.text for one in root.iter("{http://www.iab.net/videosuite/vmap}AdTagURI")]
    assert len(tags) == 2
    for number, url in enumerate(tags, 1):
        parts = urlsplit(url)
        assert f"{parts.scheme}://{parts.netloc}{parts.path}" == "http://test/v1/vast"
        params = {name: value for name, (value,) in parse_qs(parts.query).items()}
        grant = open_grant(house.signer, params["grant"], house.clock.now_ms())
        assert (grant.session_id, grant.scope) == (session.session_id, Scope.PLAY)
        assert Tag.read(params, "break") == Tag(f"film-7-{number}", 15, 2, Version.V3_0)
    assert house.ads.asked == []


async def test_nobody_is_answered_without_a_grant(house):
    session = await house.opened()
    house.clock.advance(13 * 3600)
    for token in ("", session.grant):
        with pytest.raises(Forbidden):
            await house.list_breaks(token, Tag("p", 15, 2, Version.V4_2), ["start"])
