from types import SimpleNamespace

import pytest

from kernel.errors import Forbidden, Unauthorized
from media.web.callers import sees_all, uploader


def request(*scopes: str, signed_in: bool = True):
    user = SimpleNamespace(is_authenticated=signed_in, account_id="acc_1")
    return SimpleNamespace(user=user, auth=SimpleNamespace(scopes=list(scopes)))


def test_editors_and_advertisers_bring_media():
    assert uploader(request("editor")) == uploader(request("booking")) == "acc_1"
    for others in ((), ("advertiser", "reports", "redeem")):
        with pytest.raises(Forbidden, match="role-missing"):
            uploader(request(*others))
    with pytest.raises(Unauthorized, match="sign-in-required"):
        uploader(request("editor", signed_in=False))


def test_only_editors_see_what_others_brought():
    assert sees_all(request("editor"))
    assert not sees_all(request("advertiser", "booking"))
