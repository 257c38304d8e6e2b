import json

from click.testing import CliRunner

from kernel.signing import Signer
from server.cli import main
from server.settings import Settings

SECRETS = "n" * 32, "o" * 32


def told(*arguments: str):
    return CliRunner().invoke(main, ["nginx-keys", *arguments], standalone_mode=False)


def test_the_keys_of_all_secrets_are_written_for_their_owner_alone(tmp_path, monkeypatch):
    monkeypatch.setenv("ROADCAST_SECRET_KEYS", ",".join(SECRETS))
    file = tmp_path / "keys.json"
    file.write_text("what stood there before")
    file.chmod(0o644)
    said = told(str(file), "--data-dir", str(tmp_path))
    assert said.output == f"2 keys were written to {file}.\n"
    assert file.stat().st_mode & 0o777 == 0o600
    written = json.loads(file.read_text())["keys"]
    settings = Settings.from_environ({"ROADCAST_SECRET_KEYS": ",".join(SECRETS)})
    assert [bytes.fromhex(key) for key in written] == list(Signer(settings.keys()).edge_keys)
    assert not any(secret in file.read_text() for secret in SECRETS)
    assert not set(map(bytes.hex, settings.keys())) & set(written)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["keys.json"]


def test_a_file_that_cannot_be_written_is_told_in_one_line(tmp_path):
    said = told(str(tmp_path / "missing" / "keys.json"), "--data-dir", str(tmp_path))
    assert said.exit_code == 1
    assert "[file-not-writable]" in said.output
