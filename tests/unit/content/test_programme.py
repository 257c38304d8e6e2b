import pytest

from content import channel, partner_item, programme
from content.channel import ChannelDraft
from content.partner_item import ItemDraft
from content.programme import ProgrammeDraft
from kernel.errors import Invalid


def test_white_space_is_tidied():
    assert programme.checked(ProgrammeDraft("  La \n route ", " Deux\n\nlignes. ")).title == "La route"
    assert programme.checked(ProgrammeDraft("x", " Deux\n\nlignes. ")).synopsis == "Deux\n\nlignes."


@pytest.mark.parametrize(
    ("check", "draft", "code", "fields"),
    [
        (programme.checked, ProgrammeDraft(" "), "programme-invalid", {"title"}),
        (programme.checked, ProgrammeDraft("x" * 121), "programme-invalid", {"title"}),
        (programme.checked, ProgrammeDraft("x", "y" * 1001), "programme-invalid", {"synopsis"}),
        (programme.checked, ProgrammeDraft("x", language="français"), "programme-invalid", {"language"}),
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
