"""Places and areas: what lies where, how far, and how coarsely it may be remembered."""
