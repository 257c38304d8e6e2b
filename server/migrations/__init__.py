"""The way of the records' tables from one version to the next."""
