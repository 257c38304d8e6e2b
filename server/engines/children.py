"""Starting child processes that cannot outlive this one, whatever ends it."""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def spawn(
    command: Sequence[str | Path],
    *,
    death_signal: signal.Signals,
    pass_fds: Sequence[int] = (),
    environ: Mapping[str, str] | None = None,
    quiet: bool = False,
) -> subprocess.Popen[bytes]:
    """Start ``command`` in its own process group.

    Its own group, so that Ctrl-C in a terminal reaches the parent alone, which then stops its
    children in order.

    Args:
        command: the program and its arguments.
        death_signal: what the kernel sends the child when this process ends, even by kill -9.
        pass_fds: descriptors that the child inherits.
        environ: its whole environment; this process's own if None.
        quiet: drop its standard output.
    """
    return subprocess.Popen(  # noqa: S603 - the command is ours
        [str(part) for part in command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL if quiet else None,
        pass_fds=tuple(pass_fds),
        env=None if environ is None else dict(environ),
        process_group=0,
        preexec_fn=_die_with(death_signal, os.getpid()),
    )


def stop(process: subprocess.Popen[bytes], grace_s: float) -> None:
    """Ask a child to end, and end it if it has not within ``grace_s``."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(grace_s)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _die_with(death_signal: signal.Signals, parent: int) -> Callable[[], None]:
    def prepare() -> None:
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        if _libc is not None:
            _libc.prctl(_PR_SET_PDEATHSIG, int(death_signal))
            if os.getppid() != parent:  # it ended before the kernel was told
                os._exit(1)

    return prepare
