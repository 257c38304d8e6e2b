"""Head units and what they may show: enrolment, vehicle state, motion policy, playlists, the dash page."""
