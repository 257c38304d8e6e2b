"""The composition root: the only room that knows all others, reads the clock and the environment."""
