"""Walk C, later: an editor looks at single frames, decides where breaks may stand, and a version is made."""

import io

import av

from tests.walks.service import eventually, open_upload, send


def test_from_a_decision_to_a_version_that_plays(service, films):
    with service.client("editor") as editor:
        location, data = open_upload(editor, films["programme"]), films["programme"].read_bytes()
        send(editor, location, 0, data)
        programme = {"upload_id": location.rsplit("/", 1)[1], "title": "Cues", "category": "travel"}
        asset_id = editor.post("/v1/programmes", json=programme).json()["asset_id"]
        address = f"/v1/assets/{asset_id}/cues"
        early = editor.put(address, json={"frames": [70]})
        assert (early.status_code, early.json()["code"]) == (409, "asset-not-ready")
        eventually(lambda: editor.get(f"/v1/assets/{asset_id}").json()["state"] == "ready")
        shown = editor.get(address).json()
        assert (shown["sheet"]["frames"], shown["sheet"]["plays"]) == (4 * 48, asset_id)

        decided = editor.put(address, json={"frames": [70], "revision": shown["sheet"]["revision"]})
        assert decided.status_code == 200, decided.text
        version = decided.json()["sheet"]["conditioning"]["asset_id"]
        assert decided.json()["sheet"]["plays"] == asset_id
        eventually(lambda: editor.get(address).json()["sheet"]["plays"] == version)
        assert editor.get(f"/v1/assets/{version}").json()["segments"] == 5

        before, after = (picture(editor, one, frame) for one, frame in ((asset_id, 70), (version, 96)))
        assert abs(before.astype(int) - after).mean() < 4
        assert editor.get(address.replace(asset_id, version)).json()["code"] == "cues-of-a-version"
    with service.client("advertiser") as advertiser:
        assert advertiser.get(address).status_code == 403


def picture(editor, asset_id: str, frame: int):
    answer = editor.get(f"/v1/assets/{asset_id}/frames/{frame}.jpg")
    assert answer.status_code == 200, answer.text
    with av.open(io.BytesIO(answer.content), format="mjpeg") as still:
        return next(still.decode(video=0)).to_ndarray(format="gray")
