"""The listening socket: our own, or one that whoever started this process holds for longer than we live."""

import os
import socket
from collections.abc import MutableMapping

from kernel.errors import Conflict

BACKLOG = 2048
_FIRST_FD = 3


def listen(host: str, port: int) -> socket.socket:
    """The listening socket, whose backlog holds newcomers while a web process restarts.

    Raises:
        Conflict: ``address-unusable``.
    """
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:
        raise _unusable(host, port, error) from None
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
        listener.setblocking(False)
    except OSError as error:
        listener.close()
        raise _unusable(host, port, error) from None
    return listener


def handed_down(environ: MutableMapping[str, str], first_fd: int = _FIRST_FD) -> socket.socket | None:
    """The socket that systemd, or another parent, holds for this process; None where there is none.

    By the protocol of sd_listen_fds(3), which is taken out of ``environ``: it is not meant for our children.

    Raises:
        Conflict: ``socket-unusable``.
    """
    told, pid, _ = (environ.pop(name, "") for name in ("LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES"))
    if not told or pid != str(os.getpid()):
        return None
    try:
        if told != "1":
            raise ValueError(f"{told} sockets")
        listener = socket.socket(fileno=first_fd)
        if listener.type != socket.SOCK_STREAM or not _listens(listener):
            listener.detach()
            raise ValueError("one that does not listen for streams")
    except (OSError, ValueError) as fault:
        raise Conflict(
            "socket-unusable",
            f"Roadcast was handed {fault}, instead of one socket that listens.",
            fix="See deploy/roadcast.socket.",
        ) from None
    listener.set_inheritable(False)
    listener.setblocking(False)
    return listener


def port_of(listener: socket.socket) -> int:
    """Where it listens; 0 for a path."""
    address = listener.getsockname()
    return 0 if isinstance(address, str | bytes) else int(address[1])


def _listens(listener: socket.socket) -> bool:
    return bool(listener.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN))


def _unusable(host: str, port: int, error: OSError) -> Conflict:
    return Conflict(
        "address-unusable",
        f"Cannot listen on {host}:{port}: {error.strerror or error}.",
        fix="Stop what listens there, or set ROADCAST_PORT.",
    )
