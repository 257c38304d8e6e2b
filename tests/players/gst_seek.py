"""playbin3 that seeks once, by the C library: ``gst_seek.py URL AFTER_S TO_S LIMIT_S``; tells in JSON.

gst-launch cannot seek, and the Python bindings of GStreamer are not in PyPI's wheels.
"""

import ctypes
import json
import sys
import time
from ctypes import byref, c_char_p, c_int, c_int64, c_uint, c_uint64, c_void_p

NS = 1_000_000_000
PLAYING, TIME = 4, 3
FLUSH, ACCURATE = 1, 2
EOS, ERROR = 1, 2
# Where a GstMessage tells its type: after its GstMiniObject, on machines of 64 bits.
TYPE_AT = 64
gst = ctypes.CDLL("libgstreamer-1.0.so.0")


def declare(name: str, returns: type | None, *takes: type) -> None:
    function = getattr(gst, name)
    function.restype, function.argtypes = returns, list(takes)


declare("gst_init", None, c_void_p, c_void_p)
declare("gst_parse_launch", c_void_p, c_char_p, c_void_p)
declare("gst_element_set_state", c_int, c_void_p, c_int)
declare("gst_element_get_bus", c_void_p, c_void_p)
declare("gst_element_query_position", c_int, c_void_p, c_int, c_void_p)
declare("gst_element_query_duration", c_int, c_void_p, c_int, c_void_p)
declare("gst_element_seek_simple", c_int, c_void_p, c_int, c_int, c_int64)
declare("gst_bus_timed_pop_filtered", c_void_p, c_void_p, c_uint64, c_uint)


def asked(query: str, element: int) -> float:
    """Position or duration in seconds; -1 where it is not known."""
    found = c_int64(-1)
    getattr(gst, query)(element, TIME, byref(found))
    return found.value / NS if found.value >= 0 else -1.0


def main() -> None:
    """Play, seek, play to the end."""
    url, after_s, to_s, limit_s = sys.argv[1], *map(float, sys.argv[2:])
    gst.gst_init(None, None)
    raw = "audioconvert ! audio/x-raw,format=S16LE ! fakesink sync=true"
    sinks = f'video-sink="fakesink sync=true" audio-sink="{raw}"'
    playbin = gst.gst_parse_launch(f'playbin3 uri="{url}" {sinks}'.encode(), None)
    assert playbin, "there is no playbin3"
    bus = gst.gst_element_get_bus(playbin)
    gst.gst_element_set_state(playbin, PLAYING)
    began_s = time.monotonic()
    told = {"seeks": 0, "ended": False, "error": False, "positions": []}
    while time.monotonic() - began_s < limit_s:
        position_s = asked("gst_element_query_position", playbin)
        told["positions"].append((round(time.monotonic() - began_s, 3), position_s))
        if not told["seeks"] and position_s >= after_s:
            told["duration_s"] = asked("gst_element_query_duration", playbin)
            told["seeks"] = gst.gst_element_seek_simple(playbin, TIME, FLUSH | ACCURATE, int(to_s * NS))
        message = gst.gst_bus_timed_pop_filtered(bus, NS // 20, EOS | ERROR)
        if message:
            kind = ctypes.c_int.from_address(message + TYPE_AT).value
            told["ended"], told["error"] = kind == EOS, kind == ERROR
            break
    print(json.dumps(told))
    gst.gst_element_set_state(playbin, 1)


if __name__ == "__main__":
    main()
