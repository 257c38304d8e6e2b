"""VAST: our own answers as other people's players read them, and other people's answers as we do."""
