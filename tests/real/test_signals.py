"""Our vocabulary against COVESA's own releases of the Vehicle Signal Specification."""

import json

import pytest

from players.feed import signals
from players.feed.signals import Kind, name_in

TYPES = {"float": Kind.FLOAT, "double": Kind.FLOAT, "boolean": Kind.BOOL, "string": Kind.TEXT}


@pytest.fixture(params=[4, 6])
def release(request, real_data) -> tuple[int, dict[str, dict]]:
    tree = json.loads((real_data / "vehicle" / f"vss_release_{request.param}.0.json").read_text())
    leaves: dict[str, dict] = {}

    def walk(nodes, prefix: str) -> None:
        for name, node in nodes.items():
            if "children" in node:
                walk(node["children"], f"{prefix}{name}.")
            else:
                leaves[f"{prefix}{name}"] = node

    walk(tree, "")
    return request.param, leaves


def test_every_signal_is_in_the_release_under_its_name(release):
    version, leaves = release
    missing = {path for path in signals.SIGNALS if name_in(path, version) not in leaves}
    assert missing == set()


def test_types_units_and_words_agree(release):
    version, leaves = release
    for path, signal in signals.SIGNALS.items():
        leaf = leaves[name_in(path, version)]
        kind = TYPES.get(leaf["datatype"], Kind.INT)
        older = name_in(path, version) != path or (version < 6 and path == signals.ODOMETER)
        if not older:
            assert signal.kind is kind, path
        if signal.allowed and "allowed" in leaf:
            assert set(leaf["allowed"]) <= signal.allowed, path
        if path == signals.ODOMETER:
            assert leaf["unit"] == ("km" if version < 6 else "m")
