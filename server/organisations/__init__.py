"""Advertisers as organisations: their members, whom they invite, their programs' tokens, and who did what."""
