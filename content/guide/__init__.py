"""What is on and what comes: now and next, days, and the same for other people's players."""
