"""A car's switches, from its feed to the operators' log."""

import httpx

from tests.walks.service import RENNES, Car, Service, eventually


def test_what_a_car_does_is_in_the_operators_log(service: Service, car: Car):
    car.park(*RENNES)
    with service.client("operator") as operator:

        def rules() -> list[str]:
            answer = operator.get("/v1/switches", params={"vehicle": car.vehicle_id})
            assert answer.status_code == 200, answer.text
            return [one["rule"] for one in answer.json()["switches"]]

        assert eventually(lambda: (found := rules())[:1] == ["gear-in-park"] and found, 30) == [
            "gear-in-park",
            "agreeing-for-less-than-three-seconds",
        ]
        page = operator.get("/switches", params={"vehicle": car.vehicle_id})
        assert page.status_code == 200
        assert "The gear is in Park." in page.text
        told = operator.get("/metrics").text
        counted = [line for line in told.splitlines() if "state_switches_total{" in line]
        # By a report, or a millisecond later by itself: whichever of the two clocks ran out last.
        assert [line for line in counted if 'rule="gear-in-park"' in line], counted
        assert 'roadcast_switch_records_total{outcome="kept"}' in told
    for name in ("editor", "advertiser", ""):
        with service.client(name) as other:
            assert other.get("/v1/switches").status_code in {401, 403}
    headers = {"Authorization": f"Bearer {car.screen}"}
    erased = httpx.delete(f"{service.url}/v1/vehicles/{car.vehicle_id}/switches", headers=headers)
    assert erased.status_code == 204
