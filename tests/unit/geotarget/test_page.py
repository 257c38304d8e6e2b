import pytest

from geotarget.page import PAGE_SIZE, page_of


@pytest.mark.parametrize(
    ("rows", "number", "begins", "there", "has_next"),
    [
        (0, 1, 0, 0, False),
        (PAGE_SIZE, 1, 0, PAGE_SIZE, False),
        (PAGE_SIZE + 1, 1, 0, PAGE_SIZE, True),
        (PAGE_SIZE + 1, 2, PAGE_SIZE, 1, False),
    ],
)
def test_a_page_and_whether_another_follows(rows, number, begins, there, has_next):
    page = page_of(lambda offset, limit: list(range(rows))[offset : offset + limit], number)
    assert page.rows == list(range(begins, begins + there))
    assert (page.number, page.has_next) == (number, has_next)


@pytest.mark.parametrize(("asked", "given"), [(-3, 1), (0, 1), (200, 200), (10**9, 200)])
def test_numbers_that_there_cannot_be(asked, given):
    assert page_of(lambda offset, limit: [], asked).number == given
