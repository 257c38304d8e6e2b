"""What is handed to operators is at least well-formed."""

import re
import subprocess
from pathlib import Path

import pytest

from server.cli_nginx import write_keys
from tests import proxy

ROOT = Path(__file__).parents[2]


@pytest.mark.skipif(not proxy.INSTALLED, reason=proxy.WHY)
def test_nginx_reads_its_configuration(tmp_path):
    keys = tmp_path / "keys.json"
    write_keys(keys, (b"k" * 32,))
    whole = proxy.configure(tmp_path, keys, proxy.free_port(), "127.0.0.1:8000")
    done = subprocess.run([proxy.NGINX, "-t", "-c", whole], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_unit_starts_what_exists():
    unit = (ROOT / "deploy" / "roadcast.service").read_text()
    command = re.search(r"^ExecStart=\S+/\.venv/bin/(\S+) (\S+)$", unit, re.MULTILINE)
    assert command.groups() == ("roadcast", "run")


def test_ci_calls_make_test():
    script = ROOT / ".ci" / "run"
    assert script.stat().st_mode & 0o111
    assert "make test" in script.read_text()
