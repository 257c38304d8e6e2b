import stat

from server.demo.memory import Memory, path_in, recall, remember


def test_it_remembers_for_its_owner_alone(tmp_path):
    assert recall(tmp_path) == Memory()
    memory = Memory(passwords={"editor": "secret"}, codes={"screen": "demo-x"})
    remember(tmp_path, memory)
    assert recall(tmp_path) == memory
    assert stat.S_IMODE(path_in(tmp_path).stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["demo.json"]
