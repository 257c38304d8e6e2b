"""What advertisers book: campaigns, line items and creatives."""
