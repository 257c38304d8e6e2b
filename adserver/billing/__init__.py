"""What it costs: budgets, impressions, ledger and reports."""
