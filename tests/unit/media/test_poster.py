from media.poster import PosterChoice


def chosen(brightness_by_second: dict[int, float]) -> int | None:
    choice: PosterChoice[int] = PosterChoice()
    for number in range(60 * 25):
        if choice.wants(number):
            choice.offer(number // 25, brightness_by_second.get(number // 25, 10.0), number)
    return choice.chosen


def test_the_first_bright_frame_after_four_seconds():
    assert chosen({0: 200, 2: 250, 7: 60, 8: 90}) == 7


def test_a_dark_film_gives_its_brightest():
    assert chosen({20: 30, 30: 20}) == 20


def test_a_short_film_gives_what_there_is():
    choice: PosterChoice[str] = PosterChoice()
    assert choice.wants(0)
    choice.offer("only", 0.0, 0)
    assert choice.chosen == "only"


def test_only_one_frame_a_second_is_looked_at_and_none_late():
    choice: PosterChoice[int] = PosterChoice()
    assert [number for number in range(2000) if choice.wants(number)] == list(range(0, 1001, 25))
