"""What advertisers book, how breaks are filled, and how it is counted and billed."""
