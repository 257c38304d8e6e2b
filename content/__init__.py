"""What editors make: programmes, channels, schedules, the guide, partner items."""
