from server.languages import Catalog
from server.pages import ROOT
from server.progress import FILMS, RECORDS, STEPS, Progress, path_in, tell, told


def test_what_was_told_last_is_shown(tmp_path):
    assert told(tmp_path) == Progress()
    for progress in (Progress(10), Progress(20, FILMS, 1, 9)):
        tell(tmp_path, progress)
        assert told(tmp_path) == progress
    path_in(tmp_path).write_bytes(b"{")
    assert told(tmp_path) == Progress()


def test_each_step_is_a_sentence_in_both_languages():
    french = Catalog.read([ROOT / "server" / "locales" / "fr.toml"])
    for step in STEPS:
        assert french.knows(step)
    progress = Progress(20, FILMS, 1, 9)
    assert "1" in french.translate("fr", progress.step, **progress.numbers)
    assert Progress(step=RECORDS).numbers == {}
