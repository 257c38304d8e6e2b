"""Languages by their tags."""

import re

LANGUAGE_TAG = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")
"""BCP 47, as far as it is used."""
