import subprocess
import sys
from pathlib import Path

from media import work_folder as folders
from media.work_folder import sweep, work_folder

WORK = """
import sys
from pathlib import Path
from media.work_folder import work_folder
with work_folder(Path(sys.argv[1]), "ast_1-") as folder:
    (folder / "source").touch()
    print(folder, flush=True)
    sys.stdin.read()
"""


def test_it_goes_with_whoever_made_it(tmp_path):
    with work_folder(tmp_path, "ast_1-") as folder:
        (folder / "source").touch()
        assert folder.name.startswith("ast_1-")
        sweep(tmp_path)
        assert (folder / "source").exists()
    assert list(tmp_path.iterdir()) == []


def test_only_what_a_killed_process_left_is_swept(tmp_path):
    worker = subprocess.Popen(
        [sys.executable, "-c", WORK, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    source = Path(worker.stdout.readline().strip()) / "source"
    sweep(tmp_path)
    assert source.exists()
    worker.kill()
    worker.communicate()
    assert source.exists()
    sweep(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_sweep_that_is_faster_takes_no_folder_from_anyone(tmp_path, monkeypatch):
    real, first = folders._locked, []

    def after_a_sweep(folder):
        if not first:
            first.append(folder)
            sweep(tmp_path)
        return real(folder)

    monkeypatch.setattr(folders, "_locked", after_a_sweep)
    with work_folder(tmp_path, "ast_1-") as folder:
        assert folder.is_dir()
        assert folder != first[0]
