"""From an uploaded file to segments on the grid, and from a schedule to what stands at each position."""
