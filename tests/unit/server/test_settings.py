import stat
from pathlib import Path

import pytest

from adserver.booking.exchange import Exchange
from kernel.errors import Invalid
from server.setting_names import SETTINGS
from server.settings import Settings


def parse(**values: str) -> Settings:
    return Settings.from_environ({f"ROADCAST_{name}": value for name, value in values.items()})


def test_nothing_needs_to_be_set(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    settings = Settings.from_environ({"PATH": "/bin"})
    assert settings.data_dir == tmp_path / "data"
    assert settings.database_url == f"sqlite:///{tmp_path}/data/roadcast.db"
    assert settings.embedded_redis
    assert settings.effective_redis_url == f"unix://{tmp_path}/data/redis/redis.sock"
    assert settings.objects_url == f"file://{tmp_path}/data/objects"
    assert (settings.host, settings.port, settings.base_url) == ("127.0.0.1", 8000, "http://127.0.0.1:8000")
    assert not settings.demo


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("PORT", "65536", "setting-not-a-number"),
        ("PORT", "-1", "setting-not-a-number"),
        ("PORT", "８０", "setting-not-a-number"),
        ("WORKERS", "0", "setting-not-a-number"),
        ("DEMO", "perhaps", "setting-not-a-choice"),
        ("LOG_LEVEL", "loud", "setting-not-a-choice"),
        ("REDIS_URL", "http://redis", "setting-not-a-url"),
        ("OBJECTS_URL", "/tmp/objects", "setting-not-a-url"),
        ("DATABASE_URL", "mysql://x", "setting-not-a-url"),
        ("BASE_URL", "cars.example", "setting-not-a-url"),
        ("SECRET_KEYS", "short", "setting-too-short"),
        ("CORS_ORIGINS", "*", "setting-not-an-origin"),
        ("GEOCODER_URL", "https://nominatim.example", "setting-not-a-url"),
        ("GEOCODER_URL", "nominatim+ftp://nominatim.example", "setting-not-a-url"),
        ("GEOCODER_EVERY_MS", "60001", "setting-not-a-number"),
        ("ROUTING_URL", "http://127.0.0.1:5000", "setting-not-a-url"),
        ("ROUTING_URL", "graphhopper+http://127.0.0.1:8989", "setting-not-a-url"),
        ("CORS_ORIGINS", "https://a.example,b.example", "setting-not-an-origin"),
        ("CORS_ORIGINS", "https://a.example/", "setting-not-an-origin"),
        ("DATABSE_URL", "sqlite:///x", "setting-unknown"),
    ],
)
def test_a_wrong_setting_is_named(name, value, code):
    with pytest.raises(Invalid) as caught:
        parse(**{name: value})
    assert caught.value.code == code
    assert f"ROADCAST_{name}" in caught.value.detail


def test_postgresql_by_any_of_its_names():
    for url in ("postgres://u@h/d", "postgresql://u@h/d", "postgresql+psycopg://u@h/d"):
        assert parse(DATABASE_URL=url).database_url == "postgresql+psycopg://u@h/d"


def test_a_child_parses_the_same_settings(tmp_path):
    settings = parse(
        DATA_DIR=str(tmp_path),
        PORT="0",
        DEMO="1",
        WORKERS="3",
        SECRET_KEYS="a" * 32 + "," + "b" * 40,
        TAG_NETWORKS="10.0.0.0/8,fd12::/32",
    )
    assert Settings.from_environ(settings.to_environ()) == settings
    assert {name.removeprefix("ROADCAST_") for name in settings.to_environ()} == set(SETTINGS)


def test_the_own_secret_is_made_once_and_for_its_owner_alone(tmp_path):
    settings = parse(DATA_DIR=str(tmp_path))
    first = settings.keys()
    assert settings.keys() == first
    assert len(first[0]) == 32
    assert stat.S_IMODE((tmp_path / "secret.key").stat().st_mode) == 0o600
    assert parse(DATA_DIR=str(tmp_path / "other")).keys() != first
    assert [path.name for path in tmp_path.glob("secret.key*")] == ["secret.key"]


def test_rotated_keys_keep_their_order(tmp_path):
    one, two = "a" * 32, "b" * 32
    assert parse(SECRET_KEYS=f"{two},{one}").keys() == [
        *parse(SECRET_KEYS=two).keys(),
        *parse(SECRET_KEYS=one).keys(),
    ]


def test_secrets_are_not_shown():
    assert "aaaa" not in repr(parse(SECRET_KEYS="a" * 32))


def test_a_long_folder_still_gets_a_socket():
    settings = parse(DATA_DIR="/" + "d" * 120)
    assert len(str(settings.redis_socket)) < 100
    assert settings.redis_socket != parse(DATA_DIR="/" + "e" * 120).redis_socket
    assert isinstance(settings.redis_socket, Path)


def test_the_public_nominatim_is_asked_no_more_often_than_it_wants():
    own = {"ROADCAST_GEOCODER_URL": "nominatim+http://localhost:8080/", "ROADCAST_GEOCODER_EVERY_MS": "0"}
    settings = Settings.from_environ(own)
    assert (settings.geocoder_url, settings.geocoder_every_ms) == ("nominatim+http://localhost:8080", 0)
    public = own | {"ROADCAST_GEOCODER_URL": "nominatim+https://Nominatim.OpenStreetMap.org"}
    with pytest.raises(Invalid, match="setting-too-often"):
        Settings.from_environ(public)
    assert Settings.from_environ(public | {"ROADCAST_GEOCODER_EVERY_MS": "1000"}).geocoder_every_ms == 1000


def test_rates_of_tax_by_country():
    environ = {
        "ROADCAST_INVOICE_VAT_ID": "fr 123 456",
        "ROADCAST_INVOICE_TAX_RATES": " FR=20, CH=8.1 ,GR=24%",
    }
    settings = Settings.from_environ(environ)
    assert settings.invoice_vat_id == "FR123456"
    assert dict(settings.invoice_tax_rates) == {"FR": 2000, "CH": 810, "GR": 2400}
    assert Settings.from_environ(settings.to_environ()) == settings
    assert Settings.from_environ({}).invoice_tax_rates == ()


@pytest.mark.parametrize("rates", ["FR", "FR=", "XX=20", "FR=20,FR=21", "FR=101", "FR=-1", "fr=20"])
def test_what_is_no_rate_of_tax(rates):
    with pytest.raises(Invalid, match="setting-not-a-rate"):
        Settings.from_environ({"ROADCAST_INVOICE_VAT_ID": "FR1234", "ROADCAST_INVOICE_TAX_RATES": rates})


def test_rates_of_currencies():
    settings = Settings.from_environ(
        {"ROADCAST_CURRENCY": "chf", "ROADCAST_EXCHANGE_RATES": " EUR=0.95, CZK=0.0405 ,USD=1000"}
    )
    assert settings.exchange == Exchange("CHF", (("EUR", 950_000), ("CZK", 40_500), ("USD", 1_000_000_000)))
    assert Settings.from_environ(settings.to_environ()) == settings
    assert Settings.from_environ({}).exchange.offered == ("EUR",)


@pytest.mark.parametrize(
    "rates",
    [
        *("CZK", "CZK=", "CZK=0", "CZK=0.0009", "CZK=1000.1", "CZK=-1", "CZK=1e2", "CZK=0.1234567", "CZK=٣"),
        *("XXX=1", "czk=1", "EUR=1", "CZK=1,CZK=2"),
    ],
)
def test_what_is_no_rate_of_a_currency(rates):
    with pytest.raises(Invalid, match="setting-not-a-rate"):
        Settings.from_environ({"ROADCAST_EXCHANGE_RATES": rates})


def test_a_currency_of_the_house_that_is_none():
    with pytest.raises(Invalid, match="setting-not-a-choice"):
        Settings.from_environ({"ROADCAST_CURRENCY": "JPY"})


def test_rates_of_tax_need_the_issuers_vat_id():
    with pytest.raises(Invalid, match="setting-missing"):
        Settings.from_environ({"ROADCAST_INVOICE_TAX_RATES": "FR=20"})
    with pytest.raises(Invalid, match="setting-not-a-vat-id"):
        Settings.from_environ({"ROADCAST_INVOICE_VAT_ID": "12"})
