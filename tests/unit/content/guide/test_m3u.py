import msgspec

from content.guide.m3u import Tuned, playlist

CHANNEL = Tuned(
    tvg_id="atelier.tv.example",
    name='Atelier "TV",\n#EXTINF:-1,Evil',
    logo_url="https://tv.example/logo.png",
    group="Roadcast",
    language="fr",
    url="https://tv.example/play/chn/live.m3u8?key=k",
)


def test_a_name_cannot_leave_its_line_or_its_quotes():
    head, about, address, end = playlist([CHANNEL], "https://tv.example/guide.xml").split("\n")
    assert head.startswith('#EXTM3U url-tvg="https://tv.example/guide.xml"')
    assert about == (
        '#EXTINF:-1 tvg-id="atelier.tv.example" tvg-name="Atelier \'TV\',#EXTINF:-1,Evil" '
        'tvg-logo="https://tv.example/logo.png" tvg-language="fr" group-title="Roadcast",'
        "Atelier 'TV',#EXTINF:-1,Evil"
    )
    assert (address, end) == (CHANNEL.url, "")


def test_no_language_is_named_where_several_are_spoken():
    assert "tvg-language" not in playlist([msgspec.structs.replace(CHANNEL, language="")], "")


def test_what_was_on_is_offered_only_where_it_is_played():
    assert "catchup" not in playlist([CHANNEL], "")
    past = msgspec.structs.replace(CHANNEL, again_url="https://tv.example/a?utc={utc}", again_days=3)
    written = playlist([past], "")
    assert 'catchup="default" catchup-days="3" catchup-source="https://tv.example/a?utc={utc}"' in written
