"""Coupons: what a card gives to whoever saves it, kept for the vehicle, and redeemed once at a till."""
