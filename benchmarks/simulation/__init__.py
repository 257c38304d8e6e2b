"""A week of traffic and what is booked for it, simulated: see docs/simulation.md."""
