"""Sessions, playlists, segments, and what their screens are told."""
