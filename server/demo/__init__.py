"""The demo: films that this machine makes itself, invented places, campaigns and a car."""
