"""What an XML document may hold (XML 1.0, section 2.2)."""

import re

_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def allowed(text: str) -> str:
    """``text`` without the characters that no document may hold, not even escaped."""
    return _FORBIDDEN.sub("", text)
