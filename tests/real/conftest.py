"""Where the real files are."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real files: ``ROADCAST_REAL_DATA``, else ``../shared/data``.

    Where it is missing the tests are skipped with a reason that pytest's summary shows, and where
    ``CI=true`` they fail.
    """
    folder = Path(os.environ.get("ROADCAST_REAL_DATA") or ROOT / ".." / "shared" / "data").resolve()
    if not folder.is_dir():
        message = f"REAL FILES NOT TESTED: {folder} is missing; set ROADCAST_REAL_DATA"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    return folder
