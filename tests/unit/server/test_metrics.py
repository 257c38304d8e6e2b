import os
import subprocess
import sys

from prometheus_client.parser import text_string_to_metric_families

from server import metrics

COUNT = "from server import metrics; metrics.JOBS.labels('prepare_asset', 'ready').inc({})"


def test_counters_read_as_prometheus_wants_them():
    metrics.REQUESTS.labels("GET", "/x", "200").inc()
    names = {family.name for family in text_string_to_metric_families(metrics.expose().decode())}
    assert {"roadcast_http_requests", "roadcast_http_request_seconds"} <= names


def test_all_processes_of_a_run_are_summed(tmp_path):
    environ = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    for count in (2, 3):
        subprocess.run([sys.executable, "-c", COUNT.format(count)], env=environ, check=True)
    shown = subprocess.run(
        [sys.executable, "-c", "from server import metrics; print(metrics.expose().decode())"],
        env=environ,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    assert 'roadcast_jobs_total{function="prepare_asset",outcome="ready"} 5.0' in shown
