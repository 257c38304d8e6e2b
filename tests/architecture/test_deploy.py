"""What is handed to operators is at least well-formed."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin")


@pytest.mark.skipif(NGINX is None, reason="nginx is not installed")
def test_nginx_reads_its_configuration(tmp_path):
    server = (ROOT / "deploy" / "nginx.conf").read_text()
    server = re.sub(r"^\s*ssl_certificate.*$", "", server, flags=re.MULTILINE)
    server = server.replace("listen 443 ssl", "listen 127.0.0.1:65111")
    server = server.replace("/var/log/nginx", str(tmp_path))
    whole = tmp_path / "nginx.conf"
    whole.write_text(f"pid {tmp_path}/pid; error_log stderr; events {{}} http {{ {server} }}")
    done = subprocess.run([NGINX, "-t", "-c", whole], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_unit_starts_what_exists():
    unit = (ROOT / "deploy" / "roadcast.service").read_text()
    command = re.search(r"^ExecStart=\S+/\.venv/bin/(\S+) (\S+)$", unit, re.MULTILINE)
    assert command.groups() == ("roadcast", "run")


def test_ci_calls_make_test():
    script = ROOT / ".ci" / "run"
    assert script.stat().st_mode & 0o111
    assert "make test" in script.read_text()
