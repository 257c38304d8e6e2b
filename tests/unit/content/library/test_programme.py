import pytest

from content.channels import channel
from content.channels.channel import ChannelDraft
from content.library import partner_item, programme
from content.library.partner_item import ItemDraft
from content.library.programme import Credit, CreditRole, ProgrammeDraft
from content.library.rights import Rights, RightsWindow, Territories
from kernel.errors import Invalid

ADA = Credit(CreditRole.DIRECTOR, "Ada Roux")
NOBODY = Credit(CreditRole.DIRECTOR, " ")


def test_white_space_is_tidied():
    assert programme.checked(ProgrammeDraft("  La \n route ", " Deux\n\nlignes. ")).title == "La route"
    assert programme.checked(ProgrammeDraft("x", " Deux\n\nlignes. ")).synopsis == "Deux\n\nlignes."


def test_countries_are_kept_once_in_order():
    draft = ProgrammeDraft("x", rights=Rights(territories=Territories(("fr", "BE", "FR"))))
    assert programme.checked(draft).rights.territories.codes == ("BE", "FR")


@pytest.mark.parametrize(
    ("check", "draft", "code", "fields"),
    [
        (programme.checked, ProgrammeDraft(" "), "programme-invalid", {"title"}),
        (programme.checked, ProgrammeDraft("x" * 121), "programme-invalid", {"title"}),
        (programme.checked, ProgrammeDraft("x", "y" * 1001), "programme-invalid", {"synopsis"}),
        (programme.checked, ProgrammeDraft("x", language="français"), "programme-invalid", {"language"}),
        (programme.checked, ProgrammeDraft("x", season=2), "programme-invalid", {"series_title"}),
        (
            programme.checked,
            ProgrammeDraft("x", series_title="y" * 121),
            "programme-invalid",
            {"series_title"},
        ),
        (
            programme.checked,
            ProgrammeDraft("x", series_title="y", season=0, episode=10_000, year=1887),
            "programme-invalid",
            {"season", "episode", "year"},
        ),
        (programme.checked, ProgrammeDraft("x", credits=(ADA,) * 41), "programme-invalid", {"credits"}),
        (programme.checked, ProgrammeDraft("x", credits=(NOBODY,)), "programme-invalid", {"credits"}),
        (
            programme.checked,
            ProgrammeDraft("x", rights=Rights(RightsWindow(5, 5), Territories(("FX",)), 367)),
            "programme-invalid",
            {"rights.window.until_ms", "rights.territories.codes", "rights.catch_up_days"},
        ),
        (
            programme.checked,
            ProgrammeDraft("x", rights=Rights(RightsWindow(-1))),
            "programme-invalid",
            {"rights.window.until_ms"},
        ),
        (partner_item.checked, ItemDraft("", ""), "item-invalid", {"partner", "title"}),
        (partner_item.checked, ItemDraft("p" * 81, "x"), "item-invalid", {"partner"}),
        (channel.checked, ChannelDraft("", "a"), "channel-invalid", {"name"}),
        (channel.checked, ChannelDraft("A", "a--b"), "channel-invalid", {"slug"}),
        (channel.checked, ChannelDraft("A", "Été"), "channel-invalid", {"slug"}),
        (channel.checked, ChannelDraft("A", "a" * 41), "channel-invalid", {"slug"}),
    ],
)
def test_each_field_at_fault_is_named(check, draft, code, fields):
    with pytest.raises(Invalid) as refused:
        check(draft)
    assert refused.value.code == code
    assert set(refused.value.fields) == fields
