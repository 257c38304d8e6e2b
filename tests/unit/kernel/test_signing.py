import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.errors import Forbidden
from kernel.signing import Signer

OLD, NEW = b"o" * 32, b"n" * 32


@given(st.text(alphabet=st.characters(min_codepoint=33, max_codepoint=126), max_size=200))
def test_what_was_signed_verifies(payload):
    signer = Signer([NEW])
    assert signer.verify("lease", signer.sign("lease", payload)) == payload


@given(st.text(max_size=300))
def test_arbitrary_text_is_refused(token):
    with pytest.raises(Forbidden, match="signature-invalid"):
        Signer([NEW]).verify("lease", token)


def test_a_token_is_worthless_for_another_purpose():
    signer = Signer([NEW])
    with pytest.raises(Forbidden):
        signer.verify("beacon", signer.sign("lease", "x"))


def test_keys_rotate():
    token = Signer([OLD]).sign("lease", "x")
    assert Signer([NEW, OLD]).verify("lease", token) == "x"
    with pytest.raises(Forbidden):
        Signer([NEW]).verify("lease", token)


def test_short_keys_are_refused():
    with pytest.raises(ValueError, match="32 bytes"):
        Signer([b"short"])
    with pytest.raises(ValueError, match="32 bytes"):
        Signer([])


def test_a_stamp_is_of_its_text_and_purpose_and_keys_rotate():
    old, new = Signer([b"o" * 32]), Signer([b"n" * 32, b"o" * 32])
    stamp = old.stamp("use", "text")
    assert len(stamp) == 12
    new.check_stamp("use", "text", stamp)
    for purpose, text, shown in (
        ("other", "text", stamp),
        ("use", "Text", stamp),
        ("use", "text", stamp + "A"),
    ):
        with pytest.raises(Forbidden):
            old.check_stamp(purpose, text, shown)
    with pytest.raises(Forbidden):
        old.check_stamp("use", "text", new.stamp("use", "text"))


def test_the_edge_signs_by_keys_of_its_own():
    whole = Signer([NEW, OLD])
    token, stamp = whole.edge.sign("lease", "x"), whole.edge.stamp("use", "text")
    holder = Signer(whole.edge_keys)
    assert holder.verify("lease", token) == "x"
    holder.check_stamp("use", "text", stamp)
    assert not {OLD, NEW} & set(whole.edge_keys)
    with pytest.raises(Forbidden):
        whole.verify("lease", holder.sign("lease", "x"))


def test_the_edge_accepts_what_was_signed_before_there_was_one():
    assert Signer([NEW, OLD]).edge.verify("lease", Signer([OLD]).sign("lease", "x")) == "x"
    with pytest.raises(Forbidden):
        Signer([NEW]).edge.verify("lease", Signer([OLD]).edge.sign("lease", "x"))
