"""What an operator can set, by name; the documentation is tested against it."""

PREFIX = "ROADCAST_"

SETTINGS: dict[str, str] = {
    "DATA_DIR": "Folder for everything that is kept: records, hot state, media, secrets. Default ./data.",
    "DATABASE_URL": "Records: sqlite:///… or postgresql://…. Default: SQLite in the data folder.",
    "REDIS_URL": "Hot state and jobs: redis://, rediss:// or unix://. Default: a Redis started as a child.",
    "OBJECTS_URL": "Media objects: file:///…, s3://…, az://… or gs://…. Default: the data folder.",
    "MQTT_URL": "Broker by which vehicles may speak: mqtt:// or mqtts://user:password@host. Default: none.",
    "MQTT_CREDENTIALS_FILE": "File with user:password for the broker in its first line, not in the URL.",
    "MQTT_CA_FILE": "Certificates (PEM) that vouch for the broker. Default: the system's.",
    "HOST": "Address to listen on. Default 127.0.0.1.",
    "PORT": "Port to listen on; 0 picks a free one. Default 8000.",
    "WORKERS": "Web processes, 1 to 64. Default 1.",
    "DEMO": "1 shows the demo and its sign-ins on the start page. Default 0.",
    "SECRET_KEYS": "Comma-separated secrets of 32 characters or more, newest first. Default: made once.",
    "BASE_URL": "How the world reaches this server, such as https://cars.example. Default: host and port.",
    "GUARD_EVERY": "Of how many playlists served one is checked, with a minute of its session; 0: none. "
    "Default 200.",
    "BREAK_SLATE": "Id of the asset that fills what ads leave over of a break; slate is the black one. "
    "Default: none, the channel's own filler goes on.",
    "POLICIES_DIR": "Folder of market policies (docs/market-policies.md) that replace or add to those that "
    "come with Roadcast. Default: none.",
    "ROUTING_URL": "Routing engine that detours are asked of: osrm+http://… or valhalla+https://…. "
    "Default: none, a model of speeds.",
    "INVOICE_ISSUER": "Who issues invoices: name, address and whatever the law wants, lines parted by |. "
    "Default: Roadcast.",
    "INVOICE_VAT_ID": "VAT id of who issues invoices, such as FR12345678901. Needed for rates of tax. "
    "Default: none.",
    "INVOICE_TAX_RATES": "Rates of tax in per cent by the country of who is billed, such as FR=20,BE=21. "
    "Default: none, invoices are without tax.",
    "CURRENCY": "Currency of the house, which prices are compared and limited in: EUR, CHF, CZK, DKK, GBP, "
    "NOK, PLN, SEK or USD. Default: EUR.",
    "EXCHANGE_RATES": "What one of each other currency that can be booked in is worth in the house's, from "
    "0.001 to 1000 with at most six decimals, such as CZK=0.0405,PLN=0.23. Default: none.",
    "CORS_ORIGINS": "Origins whose pages may ask for VAST, VMAP and what they name, such as "
    "https://player.example, parted by commas. Default: none.",
    "TAG_NETWORKS": "Networks, such as 10.20.0.0/16, whose servers may be asked for VAST tags and told of "
    "events besides those on the public Internet, parted by commas; for tests and ad servers of one's own. "
    "Default: none.",
    "GEOCODER_URL": "Who is asked where addresses are: nominatim+https://…, photon+https://… or "
    "pelias+https://…. Default: none, addresses cannot be searched.",
    "GEOCODER_AGENT": "How we tell the provider of addresses who asks. Default: Roadcast and BASE_URL.",
    "GEOCODER_KEY_FILE": "File with the key of a Pelias in its first line. Default: none.",
    "GEOCODER_EVERY_MS": "Shortest time between two questions to the provider of addresses, 0 to 60000 ms; "
    "the public Nominatim wants 1000. Default 1000.",
    "SWITCHES_KEPT_DAYS": "How long switches of driving states are kept, 1 to 3650 days. Default 90.",
    "DECISIONS_KEPT_A_MINUTE": "How many decisions each web process keeps with all that they were made "
    "from, to be made again later; 0: none. Default 2.",
    "DECISIONS_KEPT_DAYS": "For how long, 1 to 90 days, and the newest 2,000 at most. Default 7.",
    "LOG_LEVEL": "debug, info, warning or error. Default info.",
}
"""Every setting without its prefix, and what it means."""
