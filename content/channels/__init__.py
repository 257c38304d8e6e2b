"""What is on: channels, their schedules and their guide."""
