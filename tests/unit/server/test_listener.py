import os
import socket

import pytest

from kernel.errors import Conflict
from server.engines.listener import handed_down, listen, port_of


def test_an_address_is_held_once():
    with listen("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)):
            pass  # the backlog takes it, though nobody accepts yet
        with pytest.raises(Conflict) as caught:
            listen("127.0.0.1", port)
    assert caught.value.code == "address-unusable"
    assert str(port) in caught.value.detail


def test_an_address_of_another_machine():
    with pytest.raises(Conflict):
        listen("192.0.2.1", 0)


def told(**more: str) -> dict[str, str]:
    return {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": "1", "LISTEN_FDNAMES": "roadcast.socket", **more}


@pytest.fixture
def held():
    """What listens, and is not ours to close."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        yield found


def test_a_socket_that_is_held_for_this_process_is_taken(held):
    environ = told(ELSE="stays")
    copy = os.dup(held.fileno())
    with handed_down(environ, copy) as listener:
        assert (listener.fileno(), port_of(listener)) == (copy, held.getsockname()[1])
        assert (listener.getblocking(), listener.get_inheritable()) == (False, False)
    assert environ == {"ELSE": "stays"}  # or a child would take what is its parent's
    with socket.create_connection(held.getsockname()):
        pass  # whoever holds it still does


def test_a_socket_in_a_folder_has_no_port(tmp_path):
    with socket.socket(socket.AF_UNIX) as held:
        held.bind(str(tmp_path / "s"))
        held.listen()
        assert port_of(held) == 0


@pytest.mark.parametrize("environ", [{}, told(LISTEN_PID="1"), told(LISTEN_PID=""), told(LISTEN_FDS="")])
def test_one_that_is_meant_for_another_process_is_not(held, environ):
    assert handed_down(environ, held.fileno()) is None


def test_what_does_not_listen_is_refused(held):
    with pytest.raises(Conflict, match="2 sockets"):
        handed_down(told(LISTEN_FDS="2"), held.fileno())
    with socket.socket() as idle, pytest.raises(Conflict, match="socket-unusable"):
        handed_down(told(), idle.fileno())
    with open(os.devnull) as file, pytest.raises(Conflict, match="socket-unusable"):
        handed_down(told(), file.fileno())
