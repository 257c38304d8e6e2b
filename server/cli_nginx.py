"""``roadcast nginx-keys``: what the proxy checks leases by."""

import json
import os
from pathlib import Path

import click

from kernel.errors import Invalid
from server.commands import data_dir_option, one_line, settings_of


@click.command("nginx-keys")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@data_dir_option
@one_line
def nginx_keys(file: Path, data_dir: Path | None) -> None:
    """Write the keys by which nginx checks leases into FILE.

    They are made from the secrets, which do not follow from them. Only its owner may read the file. Write it
    again and reload nginx before a new secret signs, and once an old one is gone.
    """
    from kernel.signing import Signer

    keys = Signer(settings_of(data_dir=data_dir).keys()).edge_keys
    try:
        write_keys(file, keys)
    except OSError as error:
        raise Invalid("file-not-writable", f"{file} cannot be written: {error.strerror}.") from None
    click.echo(f"{len(keys)} {'key was' if len(keys) == 1 else 'keys were'} written to {file}.")


def write_keys(file: Path, keys: tuple[bytes, ...]) -> None:
    """The keys, newest first, as the JSON that ``deploy/roadcast.js`` reads; whole or not at all."""
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as opened:
        json.dump({"keys": [key.hex() for key in keys]}, opened)
        opened.flush()
        os.fsync(opened.fileno())
    draft.replace(file)
