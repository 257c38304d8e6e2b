"""Small extracts of OpenStreetMap, written by osmium as real ones are."""

from collections.abc import Iterable
from pathlib import Path

import osmium
from osmium.osm.mutable import Node, OSMObject, Relation, Way

# A square of 0.02 degrees around 48.11, -1.68, one within it, one apart; as ids of nodes with positions.
CORNERS = {
    1: (-1.69, 48.10), 2: (-1.67, 48.10), 3: (-1.67, 48.12), 4: (-1.69, 48.12),
    11: (-1.685, 48.105), 12: (-1.675, 48.105), 13: (-1.675, 48.115), 14: (-1.685, 48.115),
    21: (-1.60, 48.10), 22: (-1.59, 48.10), 23: (-1.59, 48.11), 24: (-1.60, 48.11),
}  # fmt: skip
OUTER, INNER, APART = ([1, 2, 3, 4, 1], [11, 12, 13, 14, 11], [21, 22, 23, 24, 21])


def corners() -> list[OSMObject]:
    return [Node(id=number, location=position) for number, position in CORNERS.items()]


def town() -> list[OSMObject]:
    """A fuel station, a charging station as a way, a hotel around a yard, and what is refused."""
    return [
        *corners(),
        Node(
            id=100,
            location=(-1.68, 48.11),
            tags={
                "amenity": "fuel",
                "name": "Relais du Canal",
                "brand": "Avia",
                "addr:housenumber": "12 bis",
                "addr:street": "quai de la Prévalaye",
                "addr:postcode": "35000",
                "addr:city": "Rennes",
                "opening_hours": "Mo-Sa 06:30-21:00; PH off",
                "fuel:diesel": "yes",
                "fuel:octane_95": "yes",
                "fuel:lpg": "no",
            },
        ),
        Node(id=101, location=(-1.66, 48.10), tags={"amenity": "parking"}),
        Node(id=102, location=(-1.66, 48.10), tags={"amenity": "parking", "name": "P", "access": "private"}),
        Node(
            id=103,
            location=(-1.65, 48.10),
            tags={"shop": "car", "name": "Garage", "opening_hours": "9h-18h sauf le lundi"},
        ),
        Node(id=104, location=(-1.65, 48.10), tags={"amenity": "bench"}),
        Way(id=200, nodes=APART, tags={"amenity": "charging_station", "operator": "Ty Watt"}),
        Way(id=201, nodes=[901, 902, 901], tags={"tourism": "hotel", "name": "Elsewhere"}),
        Way(id=202, nodes=OUTER),
        Way(id=203, nodes=INNER),
        Relation(
            id=300,
            members=[("w", 202, "outer"), ("w", 203, "inner")],
            tags={"type": "multipolygon", "tourism": "hotel", "name": "Hôtel de la Cour"},
        ),
    ]


def borders() -> list[OSMObject]:
    """A region with a hole and an island, and one that goes on beyond the extract."""
    told = {"type": "boundary", "boundary": "administrative"}
    ways = [[1, 2, 3], [3, 4, 1], INNER, APART]
    return [
        *corners(),
        *(
            Way(id=number, nodes=nodes, tags={"boundary": "administrative", "admin_level": "4"})
            for number, nodes in enumerate(ways, 400)
        ),
        Relation(
            id=500,
            members=[
                ("n", 1, "admin_centre"),
                *(("w", number, "inner" if number == 402 else "outer") for number in range(400, 404)),
            ],
            tags=told | {"admin_level": "4", "name": "Bretagne"},
        ),
        Relation(
            id=501,
            members=[("w", 400, "outer"), ("w", 999, "outer")],
            tags=told | {"admin_level": "6", "name": "Manche"},
        ),
        Relation(id=502, members=[("w", 403, "outer")], tags=told | {"admin_level": "8", "name": "Noyal"}),
    ]


def write(path: Path, objects: Iterable[OSMObject]) -> Path:
    """In the form that the end of the name tells."""
    with osmium.SimpleWriter(str(path), overwrite=True) as writer:
        for one in objects:
            writer.add(one)
    return path
