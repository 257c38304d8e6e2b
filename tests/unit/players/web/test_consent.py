"""Withdrawing consent from a screen."""

from players.feed.enrol_head_unit import CodeTerms
from players.feed.head_unit import Role, Vehicle


async def test_a_screen_may_withdraw_for_its_own_vehicle_only(house, http):
    _, credential = house.unit()
    house.register(Vehicle("veh_2", "Another", location_consent=True))
    stranger = house.enrol(house.issue_code(CodeTerms("veh_2", Role.SCREEN))).credential
    address = "/v1/vehicles/veh_1/location-consent"
    assert (await http.delete(address)).json()["code"] == "credential-missing"
    refused = await http.delete(address, headers={"Authorization": f"Bearer {stranger}"})
    assert (refused.status_code, refused.json()["code"]) == (403, "vehicle-of-other")
    assert house.read_vehicle("veh_1").location_consent
    for _ in range(2):
        done = await http.delete(address, headers={"Authorization": f"Bearer {credential}"})
        assert done.status_code == 204
    assert not house.read_vehicle("veh_1").location_consent


async def test_a_screen_takes_back_the_vehicles_state_and_not_its_place(house, http):
    _, credential = house.unit()
    both = Vehicle("veh_1", "Demo", location_consent=True, state_consent=True)
    house.register(both)
    address = "/v1/vehicles/veh_1/state-consent"
    assert (await http.delete(address)).json()["code"] == "credential-missing"
    bearer = {"Authorization": f"Bearer {credential}"}
    assert (await http.delete("/v1/vehicles/veh_2/state-consent", headers=bearer)).status_code == 403
    assert (await http.delete(address, headers=bearer)).status_code == 204
    assert house.read_vehicle("veh_1") == Vehicle("veh_1", "Demo", location_consent=True)
