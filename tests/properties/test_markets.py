"""What must hold of every market, whatever is known of the vehicle: nothing loosens in doubt."""

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from media.house_format import Medium
from players.feed import market, signals, vehicle_state
from players.feed.acceptance import Reading
from players.feed.evidence import DRIVER_POSITION, IS_CHARGING, LOW_VOLTAGE, PASSENGER_SEAT, WATCHED
from players.feed.head_unit import Mount, Zone
from players.feed.motion_policy import Permitted, permit, permit_card
from players.feed.vehicle_state import UNKNOWN
from tests.players.house import POLICIES, standing, told

NOW = 1_800_000_000_000
MARKETS = st.sampled_from([*sorted(POLICIES.by_market), "XX"])
MOUNTS = st.builds(Mount, st.sampled_from(Zone), st.booleans(), st.booleans())

SIGNALS = {
    signals.SPEED: ["0", "0", "0", "0", "0.5", "50", "-3", signals.NOT_AVAILABLE],
    signals.SELECTED_GEAR: ["126", "126", "126", "126", "127", "0", "-1", signals.NOT_AVAILABLE],
    signals.PARKING_BRAKE: ["true", "false"],
    signals.PARK_LOCK: ["true", "true", "true", "false"],
    signals.IS_MOVING: ["false", "false", "false", "true"],
    signals.AUTONOMY: ["SAE_0", "SAE_3", "SAE_3_DISENGAGING", signals.NOT_AVAILABLE],
    LOW_VOLTAGE: ["OFF", "ACC", "ON", "START", "UNDEFINED"],
    IS_CHARGING: ["true", "false"],
    PASSENGER_SEAT: ["OCCUPIED", "EMPTY", "UNKNOWN"],
    DRIVER_POSITION: ["LEFT", "RIGHT", "MIDDLE"],
}


@st.composite
def vehicles(draw):
    """One that stood still in what it tells for a while, then perhaps told something else."""
    steady = {path: draw(st.sampled_from(values)) for path, values in SIGNALS.items()}
    left_out = draw(st.sets(st.sampled_from(sorted(SIGNALS)), max_size=3))
    said = {path: text for path, text in steady.items() if path not in left_out}
    for_ms = draw(st.sampled_from([5_000, 5_000, 2_000, 0]))
    state = standing(NOW - 500, said, for_ms, manual=draw(st.booleans()))
    news = draw(st.dictionaries(st.sampled_from(sorted(SIGNALS)), st.integers(0, 7), max_size=2))
    if news:
        said = {path: SIGNALS[path][which % len(SIGNALS[path])] for path, which in news.items()}
        state = told(state, said, NOW)
    if draw(st.integers(0, 4)) == 0:
        state = vehicle_state.carried(state, NOW)
    return replace(state, markets=tuple(draw(st.lists(MARKETS, min_size=1, max_size=3))))


def shown(state, mount, now_ms=NOW):
    """What it may be shown: pictures, cards."""
    answers = (
        permit(POLICIES, state, mount, Medium.VIDEO, now_ms),
        permit_card(POLICIES, state, mount, now_ms),
    )
    return tuple(isinstance(answer, Permitted) for answer in answers)


def no_looser(after, before):
    return all(one <= other for one, other in zip(after, before, strict=True))


@given(vehicles(), MOUNTS)
def test_sound_always_plays(state, mount):
    assert isinstance(permit(POLICIES, state, mount, Medium.AUDIO, NOW), Permitted)


@given(vehicles(), st.booleans(), st.booleans(), MARKETS)
def test_the_drivers_screen_shows_no_more_than_strict_unless_the_file_says_why(
    state, shielded, built_in, code
):
    mount, policy = Mount(Zone.DRIVER, shielded, built_in), POLICIES.governing((code,))[0]
    here, strict = (
        shown(replace(state, markets=(code,)), mount),
        shown(replace(state, markets=(market.STRICT,)), mount),
    )
    for table, more in zip(("driver.video", "driver.cards"), zip(here, strict, strict=True), strict=True):
        assert more[0] <= more[1] or table in policy.file.beyond_strict


@given(vehicles(), st.sampled_from([Zone.PASSENGER, Zone.REAR]), st.booleans(), MARKETS)
def test_a_screen_not_declared_unseen_shows_no_more_than_the_drivers_unless_the_file_says_why(
    state, zone, built_in, code
):
    state, file = replace(state, markets=(code,)), POLICIES.governing((code,))[0].file
    seen, drivers = (shown(state, Mount(of, False, built_in)) for of in (zone, Zone.DRIVER))
    for table, more in zip((f"{zone}.video", f"{zone}.cards"), zip(seen, drivers, strict=True), strict=True):
        assert more[0] <= more[1] or (zone is Zone.REAR and table in file.beyond_strict)


@given(vehicles(), MOUNTS, MARKETS, st.integers(0, 3))
def test_a_market_more_never_loosens(state, mount, code, at):
    more = replace(state, markets=(*state.markets[:at], code, *state.markets[at:]))
    assert no_looser(shown(more, mount), shown(state, mount))
    each = [shown(replace(state, markets=(one,)), mount) for one in more.markets]
    assert shown(more, mount) == tuple(all(answers) for answers in zip(*each, strict=True))


# Never told at all: only what permits, because what was told once is never forgotten.
FORGETTABLE = [signals.SPEED, LOW_VOLTAGE, IS_CHARGING, PASSENGER_SEAT, DRIVER_POSITION]


def unknown(state, path):
    was = state.readings[path]
    return replace(state, readings={**state.readings, path: Reading(None, was.vehicle_ms, was.received_ms)})


def older(state, path, by_ms):
    was = state.readings[path]
    aged = Reading(was.value, was.vehicle_ms - by_ms, was.received_ms)
    return replace(state, readings={**state.readings, path: aged})


def missing(state, path):
    return replace(state, readings={name: one for name, one in state.readings.items() if name != path})


@given(vehicles(), MOUNTS, st.one_of(st.integers(1, 20_000), st.just(10_001)))
@settings(max_examples=300)
def test_worse_evidence_never_loosens(state, mount, by_ms):
    before = shown(state, mount)
    for path in WATCHED & state.readings.keys():
        assert no_looser(shown(unknown(state, path), mount), before), path
        assert no_looser(shown(older(state, path, by_ms), mount), before), path
        if path in FORGETTABLE:
            assert no_looser(shown(missing(state, path), mount), before), path
    assert no_looser(shown(replace(state, agreement=None), mount), before)


@given(vehicles(), MOUNTS)
def test_a_screen_of_which_less_is_declared_shows_no_more(state, mount):
    assert no_looser(shown(state, Mount(mount.zone)), shown(state, mount))


@given(vehicles(), MOUNTS, MARKETS)
def test_entering_a_market_loosens_only_once_parked(state, mount, code):
    after = market.entered(state, (code,), NOW)
    parked = shown(replace(state, markets=(market.STRICT,)), Mount(Zone.DRIVER))[0]
    assert after.markets[-1] == code
    if parked:
        assert after.markets == (code,)
    else:
        assert no_looser(shown(after, mount), shown(state, mount))
        assert market.settled(after, NOW) == after


@given(vehicles(), MOUNTS, MARKETS)
def test_before_its_market_is_found_out_a_vehicle_is_shown_nothing(state, mount, code):
    unfound = replace(state, markets=())
    assert shown(unfound, mount) == (False, False)
    assert no_looser(shown(unfound, mount), shown(replace(state, markets=(code,)), mount))


@given(st.lists(MARKETS, max_size=12), MARKETS)
def test_few_markets_govern_at_once_and_none_is_lost(codes, code):
    found = market.governing((*codes, code))
    assert found[-1] == code
    assert len(found) == len(set(found)) <= market.WAITING_LIMIT
    assert set(codes) <= set(found) or market.STRICT in found


def test_nothing_is_known_and_nothing_is_shown():
    for zone in Zone:
        assert shown(UNKNOWN, Mount(zone, True, True))[0] is False
