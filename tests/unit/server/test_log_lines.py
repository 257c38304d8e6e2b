"""Who logs never waits: neither for a slow reader of the log nor for one that stands still."""

import io
import os
import threading
from contextlib import suppress

from server.log_lines import LogLines


class Kept(io.StringIO):
    """A stream that lets nothing through until it is opened."""

    def __init__(self) -> None:
        super().__init__()
        self.opened, self.reached = threading.Event(), threading.Event()

    def write(self, text: str) -> int:
        self.reached.set()
        self.opened.wait(10)
        return super().write(text)


def test_lines_are_written_in_order():
    stream = io.StringIO()
    lines = LogLines(stream)
    for n in range(100):
        lines.write(f"{n}\n")
    lines.close()
    assert stream.getvalue() == "".join(f"{n}\n" for n in range(100))


def test_a_reader_that_stands_still_stops_nobody_and_is_told_what_was_dropped():
    stream = Kept()
    lines = LogLines(stream, limit=3)
    lines.write("first\n")
    assert stream.reached.wait(10)
    for n in range(5):  # it is being written: these do not wait for it
        lines.write(f"{n}\n")
    stream.opened.set()
    lines.close()
    assert stream.getvalue() == (
        "first\n0\n1\n2\n2 log lines were dropped: they were not read as fast as they came\n"
    )


def test_nobody_reads_any_more():
    reading, writing = os.pipe()
    os.close(reading)
    stream = os.fdopen(writing, "w")
    lines = LogLines(stream)
    lines.write("lost\n")
    lines.close()  # the thread has ended by itself
    assert not lines._thread.is_alive()
    with suppress(BrokenPipeError):
        stream.close()
