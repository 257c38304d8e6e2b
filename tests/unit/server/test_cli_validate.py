"""The command: its exit codes, its words, and what it is told."""

import json

import pytest
from click.testing import CliRunner

from server.cli import main
from tests.unit.server.stream_site import Site, make_tracks, serving


@pytest.fixture(scope="module")
def tracks(tmp_path_factory):
    return make_tracks(tmp_path_factory.mktemp("tracks"))


def run(*arguments: str):
    return CliRunner().invoke(main, ["validate", *arguments])


def test_a_clean_stream(tracks):
    with serving(Site(tracks, {"ended"})) as site:
        done = run(f"{site.url}/multivariant.m3u8", "--for", "10s")
    assert done.exit_code == 0, done.output
    assert "nothing found" in done.stdout
    assert "nothing found" not in done.stderr


def test_a_broken_stream_as_json(tracks):
    with serving(Site(tracks, {"type"})) as site:
        done = run(f"{site.url}/multivariant.m3u8", "--for", "1", "--json")
    assert done.exit_code == 1
    (breach,) = json.loads(done.stdout)["breaches"]
    assert (breach["rule"], breach["code"]) == (8, "content-type")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["http://127.0.0.1:1/x.m3u8"], "stream-silent"),
        (["ftp://a/x.m3u8"], "url-malformed"),
        (["http://["], "url-malformed"),
        (["http://127.0.0.1:1", "--data-dir", "/nonexistent"], "code-missing"),
        (["http://127.0.0.1:1", "--code", "x"], "server-silent"),
        (["http://a/x.m3u8", "--for", "soon"], "no length of time"),
        (["http://a/x.m3u8", "--for", "2w"], "no length of time"),
        (["http://a/x.m3u8", "--for", "0"], "no length of time"),
    ],
)
def test_nothing_to_read(arguments, told):
    done = run(*arguments)
    assert done.exit_code == 2
    assert told in done.stderr
    assert "Traceback" not in done.output
