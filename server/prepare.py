"""What is done once before anyone is served: ``python -m server.prepare``, started by the supervisor."""

import os
import sys

from server import logs
from server.records import migrate
from server.settings import Settings
from server.wiring.house import build


def main() -> int:
    """Bring the records up to date; the exit code."""
    settings = Settings.from_environ(os.environ)
    logs.configure(settings.log_level)
    house = build(settings)
    migrate(house.engines.database)
    return 0


if __name__ == "__main__":
    sys.exit(main())
