"""``make migration NAME="…"``: write the migration that the declared tables ask for."""

import sys
import tempfile
from pathlib import Path

from server.engines.database import open_database
from server.records import migrate, new_migration


def main(message: str) -> None:
    """Bring an empty database to the newest migration, and write what is missing from there."""
    versions = Path(__file__).parent / "versions"
    number = len(list(versions.glob("[0-9]*.py")))
    with tempfile.TemporaryDirectory() as folder:
        engine = open_database(f"sqlite:///{folder}/empty.db")
        if number:
            migrate(engine)
        new_migration(engine, message, f"{number + 1:04}")
        engine.dispose()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 and sys.argv[1] else "unnamed")
