"""Tags: players and stitchers of others ask for ads by an address, and are answered in VAST."""
