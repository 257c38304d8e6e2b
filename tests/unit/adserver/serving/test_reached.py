"""What line items reach of what is offered."""

from adserver.serving.reached import Cell, supply_of


def test_supply_is_all_that_is_reached():
    assert supply_of([Cell(10, ("a", "b")), Cell(5, ("b",))]) == {"a": 10, "b": 15}
