"""The object graph: built once, here, by the same functions for the service and for its tests."""
