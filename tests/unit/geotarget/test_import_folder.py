from pathlib import Path

import pytest

from geotarget.adapters.import_folder import FILES_KEPT, ImportFolder
from geotarget.import_attempt import KEPT_MS, ImportAttempt, ImportForm


@pytest.fixture
def folder(tmp_path):
    return ImportFolder(tmp_path / "imports")


def attempt(number):
    return ImportAttempt(
        f"imp_{number}", "a.csv", ImportForm("mine", columns={"name": "où"}), header=(("où", "là"),)
    )


def test_what_is_kept_comes_back_the_same(folder):
    folder.keep(attempt(1), b"\xffdata", 1)
    assert folder.find("imp_1") == attempt(1)
    assert folder.file("imp_1") == b"\xffdata"
    assert attempt(1).form.chosen.name == "où"


@pytest.mark.parametrize("attempt_id", ["imp_2", "../../etc/passwd", "", "imp_1/../imp_1"])
def test_nothing_else_is_read(folder, attempt_id):
    folder.keep(attempt(1), b"data", 1)
    assert folder.find(attempt_id) is folder.file(attempt_id) is None


def test_what_is_old_or_too_much_goes(folder, tmp_path):
    for number in range(FILES_KEPT + 2):
        folder.keep(attempt(number), b"data", 1000 + number)
    assert folder.find("imp_1") is None
    assert folder.file("imp_2") == b"data"
    assert len(list((tmp_path / "imports").iterdir())) == 2 * FILES_KEPT
    folder.keep(attempt(99), b"data", 1000 + KEPT_MS * 2)
    assert len(list((tmp_path / "imports").iterdir())) == 2


def test_what_another_process_sweeps_meanwhile_is_gone(folder, monkeypatch):
    folder.keep(attempt(1), b"data", 1)
    stat = Path.stat

    def swept(path, **keywords):
        if "imp_1" in path.name:
            path.unlink(missing_ok=True)
        return stat(path, **keywords)

    monkeypatch.setattr(Path, "stat", swept)
    folder.keep(attempt(2), b"data", 2)
    assert folder.file("imp_1") is None
    assert folder.file("imp_2") == b"data"
