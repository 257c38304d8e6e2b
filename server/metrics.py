"""What Prometheus may ask for; counted in every process, summed over those of one run."""

import os

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
    multiprocess,
)
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

TIMED = 16
"""Of so many answers to playlists and segments, failures among them, the time of one is told."""
REQUESTS = Counter("roadcast_http_requests_total", "Requests answered.", ["method", "route", "status"])
REQUEST_SECONDS = Histogram(
    "roadcast_http_request_seconds",
    "Time from a request to the end of its answer; of playlists and segments, of one in 16.",
    ["route"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 30),
)
JOBS = Counter("roadcast_jobs_total", "Background jobs ended.", ["function", "outcome"])
REFUSED_SAMPLES = Counter("roadcast_vehicle_messages_refused_total", "Refused reports of cars.", ["code"])
LATE_SECONDS = Histogram(
    "roadcast_vehicle_messages_late_seconds",
    "How late the reports of cars came that were too late to be used.",
    buckets=(5, 10, 30, 60, 600, 3600),
)
CLOCK_SECONDS = Histogram(
    "roadcast_vehicle_clock_ahead_seconds",
    "By how much the clocks of cars were measured to be ahead of the server's; negative is behind.",
    buckets=(-600, -60, -10, -2, -0.5, 0, 0.5, 2, 10, 60, 600),
)
CLOCK_BEHIND = Gauge(
    "roadcast_machine_clock_behind_seconds",
    "By how much this machine's clock was last measured to be behind Redis'; it is corrected by so much.",
    multiprocess_mode="mostrecent",
)
CLOCK_AHEAD = Gauge(
    "roadcast_clock_ahead_seconds",
    "How far the time that is gone by is ahead of Redis' clock, which was set back.",
    multiprocess_mode="mostrecent",
)
MQTT = Counter(
    "roadcast_mqtt_total",
    "The MQTT broker: connected, lost, messages dropped because newer ones waited, failures to take them.",
    ["event"],
)
ROUTING = Counter(
    "roadcast_routing_questions_total",
    "Questions to the routing engine: answered, failed, or left unasked because it failed or is busy.",
    ["outcome"],
)
BUDGET_FAULTS = Counter(
    "roadcast_budget_faults_total",
    "Budgets that reconciliation found missing and opened, found behind the ledger and repaired, or left "
    "unbalanced or differing.",
    ["found"],
)
AUDITS = Counter(
    "roadcast_audits_total", "Times that the whole ledger was added up: sound, or faulty.", ["outcome"]
)
AUDIT_FAULTS = Counter(
    "roadcast_audit_faults_total",
    "Line items, and advertisers by their invoices, of which an audit found a fault.",
    ["fault"],
)
SWITCHES = Counter(
    "roadcast_driving_state_switches_total", "Switches of cars' driving state.", ["rule", "cause"]
)
SWITCH_RECORDS = Counter(
    "roadcast_switch_records_total",
    "Records of switches: kept, unkept because their car is gone, dropped because too many were waiting, or "
    "expired.",
    ["outcome"],
)
SWEPT = Counter("roadcast_leftovers_swept_total", "Leftovers of lost runs that were deleted.", ["kind"])
GUARDED = Counter(
    "roadcast_guard_playlists_total",
    "Sampled playlists: checked, dropped because too many were waiting, or failed to be judged.",
    ["outcome"],
)
MISSING = Counter(
    "roadcast_segments_missing_total",
    "Segments of channels whose file is not in the store: black and silence were served instead.",
)
CALLED_BACK = Counter(
    "roadcast_pictures_called_back_total",
    "Video segments ended on a slow line: the car moved off, or nothing was known of it any more.",
)
BREACHES = Counter(
    "roadcast_guard_breaches_total", "Rules of HLS that a served playlist was found to break.", ["rule"]
)
AD_EVENTS = Counter(
    "roadcast_ad_events_total",
    "What was told or seen of promotions (planned, stitched, impression, quartiles, expired, …), and what "
    "came of it: billed or noted when it counted, repeated, replayed, out-of-order, implausible, unbilled, "
    "contradicted, dropped, or the code of a refusal.",
    ["event", "outcome"],
)
BREAKS = Counter(
    "roadcast_breaks_total",
    "Breaks decided for sessions: full, underfilled or empty of ads; late-timeout and late-error are left to "
    "filler because no answer had come when they were listed, missed because the player came too late.",
    ["outcome"],
)
POSTED = Counter("roadcast_ledger_events_total", "Events written to the ledger.")


def expose() -> bytes:
    """All counters in Prometheus' text format, of every process where they share a folder."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return generate_latest(REGISTRY)
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry)


def routes() -> list[BaseRoute]:
    """``GET /metrics``."""

    def metrics(request: Request) -> Response:
        return Response(expose(), media_type=CONTENT_TYPE_LATEST)

    return [Route("/metrics", metrics, include_in_schema=False)]
