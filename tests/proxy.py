"""The nginx of ``deploy/``, as an operator runs it: its own files, but for names, ports and folders."""

import os
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

DEPLOY = Path(__file__).parents[1] / "deploy"
NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin")
MODULE = Path("/usr/lib/nginx/modules/ngx_http_js_module.so")
INSTALLED = NGINX is not None and MODULE.exists()
WHY = "nginx or its JavaScript module (libnginx-mod-http-js) is not installed"


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def configure(folder: Path, keys: Path, port: int, upstream: str) -> Path:
    """A configuration around ``deploy/nginx.conf``: plain HTTP on ``port``, everything in ``folder``."""
    server = (DEPLOY / "nginx.conf").read_text()
    server = re.sub(r"^\s*ssl_certificate.*$", "", server, flags=re.MULTILINE)
    for ours, there in (
        ("listen 443 ssl", f"listen 127.0.0.1:{port}"),
        ("127.0.0.1:8000", upstream),
        ("/etc/nginx/roadcast-keys.json", str(keys)),
        ("/etc/nginx/roadcast.js", str(DEPLOY / "roadcast.js")),
        ("/var/log/nginx", str(folder)),
        ("/var/cache/nginx/roadcast", str(folder / "cache")),
    ):
        assert ours in server, f"deploy/nginx.conf names no {ours}"
        server = server.replace(ours, there)
    user = "user root;" if os.getuid() == 0 else ""
    whole = folder / "nginx.conf"
    whole.write_text(
        f"load_module {MODULE}; {user} worker_processes 1; pid {folder}/pid;"
        f"error_log {folder}/error.log info;"
        f"events {{}} http {{ client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;"
        f" fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;\n{server} }}"
    )
    return whole


@dataclass(frozen=True, slots=True)
class Proxy:
    """One that runs."""

    url: str
    folder: Path
    process: subprocess.Popen[bytes]

    def reload(self) -> None:
        """Read the configuration and the keys again; returns when a worker has."""
        before = self.workers()
        self.process.send_signal(signal.SIGHUP)
        deadline = time.monotonic() + 10
        while before & self.workers() and time.monotonic() < deadline:
            time.sleep(0.02)
        assert not before & self.workers()

    def workers(self) -> set[str]:
        """The ids of the processes that serve."""
        found = subprocess.run(
            ["ps", "-o", "pid=,args=", "--ppid", str(self.process.pid)],
            capture_output=True,
            text=True,
            check=False,
        )
        lines = found.stdout.splitlines()
        return {line.split()[0] for line in lines if "worker process" in line and "shutting" not in line}

    def logged(self) -> dict[str, str]:
        """All that it has written, by the name of the log."""
        return {path.name: path.read_text() for path in self.folder.glob("*.log")}


@contextmanager
def proxying(folder: Path, keys: Path, upstream: str) -> Iterator[Proxy]:
    """nginx before ``upstream`` (host:port) with the keys in a file, until left."""
    port = free_port()
    process = subprocess.Popen(
        [str(NGINX), "-g", "daemon off;", "-c", configure(folder, keys, port, upstream)],
        stderr=subprocess.DEVNULL,
    )
    try:
        for _ in range(500):
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            assert process.poll() is None, (folder / "error.log").read_text()
            time.sleep(0.02)
        yield Proxy(f"http://127.0.0.1:{port}", folder, process)
    finally:
        process.terminate()
        process.wait(10)
