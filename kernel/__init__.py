"""Words that every room shares. Standard library only; knows no HTTP, no database, no media."""
