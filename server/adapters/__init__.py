"""Where the server room itself keeps accounts and attempts."""
