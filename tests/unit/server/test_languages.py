import pytest
from starlette.requests import HTTPConnection

from server.languages import Catalog, language_of


def connection(accept: str = "", cookie: str = "") -> HTTPConnection:
    headers = [(b"accept-language", accept.encode()), (b"cookie", cookie.encode())]
    return HTTPConnection({"type": "http", "headers": headers})


@pytest.mark.parametrize(
    ("accept", "cookie", "language"),
    [
        ("", "", "en"),
        ("fr-FR,fr;q=0.9,en;q=0.8", "", "fr"),
        ("en;q=0.8,fr;q=0.9", "", "fr"),
        ("de,en;q=0.5,fr;q=0.5", "", "en"),
        ("fr;q=0", "", "en"),
        ("fr;q=much", "", "en"),
        ("de-CH", "", "en"),
        ("en", "lang=fr", "fr"),
        ("fr", "lang=xx", "fr"),
    ],
)
def test_the_language_chosen(accept, cookie, language):
    assert language_of(connection(accept, cookie)) == language


def test_sentences_and_their_placeholders(tmp_path):
    (tmp_path / "a.toml").write_text(
        '"Hello %(name)s" = "Bonjour %(name)s"\n"100 %" = "100 pour cent"', "utf-8"
    )
    catalog = Catalog.read([tmp_path / "a.toml", tmp_path / "missing.toml"])
    assert catalog.translate("fr", "Hello %(name)s", name="Zoé") == "Bonjour Zoé"
    assert catalog.translate("en", "Hello %(name)s", name="Zoé") == "Hello Zoé"
    assert catalog.translate("fr", "100 %") == "100 pour cent"
    assert catalog.translate("fr", "Unknown") == "Unknown"


def test_a_sentence_is_known_by_its_pattern_where_its_values_stand_in_it(tmp_path):
    (tmp_path / "a.toml").write_text(
        '"The %(axis)s “%(text)s” is no number." = "%(axis)s : « %(text)s » n’est pas un nombre."\n'
        '"%(text)s." = "never known by so little."\n"latitude" = "la latitude"\n'
        '"Paused at %(percent)s %%, at %(percent)s." = "En pause à %(percent)s %%."',
        "utf-8",
    )
    catalog = Catalog.read([tmp_path / "a.toml"])
    told = "The latitude “10 %(x)s” is no number."
    assert catalog.translate("fr", told) == "la latitude\u00a0: «\u00a010 %(x)s\u00a0» n’est pas un nombre."
    assert catalog.translate("en", told) == told
    assert catalog.translate("fr", "Paused at 10 %, at 10.") == "En pause à 10 %."
    assert catalog.translate("fr", "Something else.") == "Something else."


def test_french_punctuation_never_begins_a_line():
    catalog = Catalog({"a": "Voltaneo : prêt ; et « là » ?", "b": "12:30 et http://x"})
    assert catalog.translate("fr", "a") == "Voltaneo\u00a0: prêt\u202f; et «\u00a0là\u00a0»\u202f?"
    assert catalog.translate("fr", "b") == "12:30 et http://x"
