"""Head units, what vehicles report, and what that permits."""
