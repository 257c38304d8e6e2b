"""Our vocabulary against COVESA's own releases of the Vehicle Signal Specification."""

import json

import pytest

from players.feed import signals
from players.feed.signals import Kind, name_in, parse, resolve

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


UNITS = {
    "Speed": "km/h",
    "Powertrain.TractionBattery.StateOfCharge.Current": "percent",
    "Powertrain.TractionBattery.StateOfCharge.Displayed": "percent",
    "Powertrain.TractionBattery.Charging.TimeToComplete": "s",
    "Powertrain.FuelSystem.RelativeLevel": "percent",
    "Powertrain.Range": "m",
    "TraveledDistance": "m",
    "Service.DistanceToService": "km",
    "Service.TimeToService": "s",
    "CurrentLocation.Latitude": "degrees",
    "CurrentLocation.Longitude": "degrees",
    "CurrentLocation.Heading": "degrees",
    "CurrentLocation.HorizontalAccuracy": "m",
}
"""What a number means here, whatever the vehicle's version calls it."""

SCALES = {("km", "m"): 1000}


def test_every_number_reaches_our_unit(release):
    version, leaves = release
    for path, signal in signals.SIGNALS.items():
        unit = UNITS.get(path.removeprefix("Vehicle."))
        name = name_in(path, version)
        told = leaves[name].get("unit")
        if unit is None:
            assert told in (None, "iso8601"), path
            continue
        found, old = resolve(name, version)
        assert found is signal
        assert (old.scale if old else 1) == (1 if told == unit else SCALES[told, unit]), path


def test_a_distance_is_the_same_whichever_version_tells_it(release):
    version, leaves = release
    name = name_in(signals.ODOMETER, version)
    text = {"km": "12345.5", "m": "12345500"}[leaves[name]["unit"]]
    signal, old = resolve(name, version)
    assert parse(signal, text, old) == 12_345_500


def test_limits_allow_all_that_the_release_allows(release):
    version, leaves = release
    for path, signal in signals.SIGNALS.items():
        leaf = leaves[name_in(path, version)]
        if signal.kind in (Kind.INT, Kind.FLOAT) and name_in(path, version) == path:
            assert signal.lowest <= leaf.get("min", signal.lowest), path
            assert signal.highest >= leaf.get("max", signal.highest), path


def test_words_are_those_of_the_release(release):
    """An enumeration is read as such; where it was a boolean once, its words are words of today."""
    version, leaves = release
    for path, signal in signals.SIGNALS.items():
        leaf = leaves[name_in(path, version)]
        _, old = resolve(name_in(path, version), version)
        if old and old.words:
            assert leaf["datatype"] == "boolean"
            assert {word for _, word in old.words} <= signal.allowed
        elif "allowed" in leaf and signal.kind is Kind.TEXT:
            assert set(leaf["allowed"]) <= (signal.allowed or set(leaf["allowed"])), path
            if version == 6 and signal.allowed:
                assert set(leaf["allowed"]) == signal.allowed, path


def test_a_name_of_another_version_is_not_taken_for_one_of_this(release):
    """``IsOccupied`` is no signal of version 6, nor ``OccupancyStatus`` one of 4."""
    version, leaves = release
    for old in signals.OLDER:
        if old.last < version:
            assert old.path not in leaves or resolve(old.path, version)[1] is None


def test_what_we_do_not_understand_is_unknown_and_nothing_else(release):
    version, leaves = release
    ours = {name_in(path, version) for path in signals.SIGNALS} | signals.SIGNALS.keys()
    known = {path for path in leaves if resolve(path, version) is not None}
    assert known <= ours | {old.path for old in signals.OLDER}
    assert len(leaves) - len(known) > 800


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
