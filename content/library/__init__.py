"""What editors bring: programmes and partners' items, with their rights and their history."""
