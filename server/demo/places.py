"""Invented places in and around Rennes; any likeness to real businesses is chance."""

import json
from dataclasses import dataclass

from geotarget.place import place_id_of

SOURCE = "demo"


@dataclass(frozen=True)
class DemoPlace:
    """One place; ``group`` is the campaign that points at it, if any."""

    name: str
    brand: str
    category: str
    latitude: float
    longitude: float
    group: str = ""

    @property
    def external_id(self) -> str:
        """Its id in the demo's list."""
        return "-".join(self.name.lower().replace("'", " ").split())

    @property
    def place_id(self) -> str:
        """Its id once it is imported."""
        return place_id_of(SOURCE, self.external_id)


# Towns around Rennes with the positions of their centres.
TOWNS = {
    "Centre": (48.1110, -1.6800), "Saint-Hélier": (48.1075, -1.6640), "Beaulieu": (48.1180, -1.6380),
    "Villejean": (48.1210, -1.7040), "Cleunay": (48.1010, -1.7100), "Bréquigny": (48.0870, -1.6960),
    "Maurepas": (48.1270, -1.6620), "Cesson-Sévigné": (48.1212, -1.6033), "Chantepie": (48.0890, -1.6170),
    "Saint-Grégoire": (48.1510, -1.6870), "Betton": (48.1830, -1.6420), "Pacé": (48.1480, -1.7730),
    "Vezin": (48.1200, -1.7550), "Le Rheu": (48.1000, -1.7960), "Bruz": (48.0240, -1.7460),
    "Chartres": (48.0390, -1.7050), "Vern": (48.0450, -1.6000), "Noyal": (48.1110, -1.5240),
    "Gare": (48.1035, -1.6723), "Thorigné": (48.1430, -1.5790), "Saint-Jacques": (48.0640, -1.7450),
}  # fmt: skip


def _at(town: str, north_m: float, east_m: float) -> tuple[float, float]:
    latitude, longitude = TOWNS[town]
    return round(latitude + north_m / 111_200, 6), round(longitude + east_m / 74_300, 6)


# Name, brand, category, metres north and east of each town's centre, the towns, and the campaign.
_KINDS = (
    ("Garage Bellerive", "Bellerive", "dealer", 260, 340, "Gare, Cesson-Sévigné, Saint-Grégoire", "garage"),
    ("Automobiles Kerdreux", "Kerdreux", "dealer", -300, 200, "Chartres, Pacé, Chantepie", ""),
    ("Voltaneo", "Voltaneo", "charging", -180, 150, "Centre, Cleunay, Bruz, Vern", "voltaneo"),
    ("Voltaneo", "Voltaneo", "charging", 90, -410, "Betton, Vezin, Noyal, Saint-Jacques", "voltaneo"),
    ("Borne Ty Watt", "Ty Watt", "charging", 220, -260, "Beaulieu, Villejean, Le Rheu, Pacé", ""),
    ("Fournil du Canal", "", "restaurant", 150, -220, "Centre, Betton", "fournil"),
    ("Crêperie Ar Billig", "", "restaurant", -90, -130, "Centre, Maurepas, Bruz, Vern", ""),
    ("Relais des Mares", "", "restaurant", 310, 90, "Noyal, Le Rheu, Chantepie, Thorigné", ""),
    ("Hôtel Beau Vallon", "Beau Vallon", "hotel", 400, 120, "Centre, Saint-Grégoire, Pacé", ""),
    ("Auberge du Meunier", "", "hotel", -350, -80, "Betton, Noyal, Bruz, Thorigné", ""),
    ("Station Orlane", "Orlane", "fuel", 120, 420, "Cleunay, Bréquigny, Villejean, Vern", ""),
    ("Station Orlane", "Orlane", "fuel", -520, 60, "Thorigné, Le Rheu, Beaulieu", ""),
    ("Parking des Halles", "", "parking", 60, 80, "Centre, Saint-Hélier, Maurepas", ""),
    ("Parc relais", "Tramontane", "parking", -240, -300, "Villejean, Beaulieu, Chantepie", ""),
    ("Jardin des Lavoirs", "", "poi", 500, -380, "Centre, Cleunay, Betton, Bruz", ""),
    ("Musée des Marées", "", "poi", -420, 260, "Centre, Saint-Jacques", ""),
    ("Bois de l'Étang", "", "poi", -600, 520, "Chantepie, Vezin, Noyal, Cesson-Sévigné", ""),
)

PLACES = tuple(
    DemoPlace(f"{name} {town}", brand, category, *_at(town, north_m, east_m), group)
    for name, brand, category, north_m, east_m, towns, group in _KINDS
    for town in towns.split(", ")
)


def geojson() -> bytes:
    """All of them, as a file that ``import-places`` takes."""
    features = [
        {
            "type": "Feature",
            "id": place.external_id,
            "geometry": {"type": "Point", "coordinates": [place.longitude, place.latitude]},
            "properties": {"name": place.name, "brand": place.brand, "category": place.category},
        }
        for place in PLACES
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


def place_ids(group: str) -> tuple[str, ...]:
    """The places that a campaign points at."""
    return tuple(place.place_id for place in PLACES if place.group == group)
