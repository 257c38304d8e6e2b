"""The tables of this room."""

from sqlalchemy import BigInteger, Column, Double, Index, LargeBinary, MetaData, String, Table, Text

metadata = MetaData()

places = Table(
    "places",
    metadata,
    Column("place_id", String(40), primary_key=True),
    Column("source", String(64), nullable=False),
    Column("external_id", String(200), nullable=False),
    Column("name", String(200), nullable=False),
    Column("brand", String(200), nullable=False),
    Column("category", String(16), nullable=False),
    Column("latitude", Double, nullable=False),
    Column("longitude", Double, nullable=False),
    Column("attributes", Text, nullable=False, comment="JSON object of texts"),
    Column("search_text", Text, nullable=False, comment="name, brand and city, folded"),
    Column("digest", LargeBinary(16), nullable=False, comment="of all that an import gives"),
    Column("corrections", Text, nullable=False, server_default="{}", comment="JSON: outlives imports"),
    Column("withdrawn_ms", BigInteger, comment="since when it is not offered; outlives imports"),
    Column("gone_ms", BigInteger, comment="since when its list says that drivers cannot go there"),
    Column("updated_ms", BigInteger, nullable=False),
    Index("places_by_source", "source", "external_id", unique=True),
    Index("places_by_category", "category", "search_text"),
)

areas = Table(
    "areas",
    metadata,
    Column("area_id", String(40), primary_key=True),
    Column("source", String(64), nullable=False),
    Column("external_id", String(200), nullable=False),
    Column("name", String(200), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("shape", Text, nullable=False, comment="JSON, as geotarget.area declares it"),
    Column("search_text", Text, nullable=False, comment="the name, folded"),
    Column("digest", LargeBinary(16), nullable=False, comment="of name and shape"),
    Column("updated_ms", BigInteger, nullable=False),
    Index("areas_by_source", "source", "external_id", unique=True),
    Index("areas_by_name", "search_text"),
)

# Raised by every transaction that changes what a topic covers: who has read it need not read it again.
revisions = Table(
    "geo_revisions",
    metadata,
    Column("topic", String(16), primary_key=True),
    Column("number", BigInteger, nullable=False),
)
