"""The same question asked of others: Redis's GEOSEARCH, and PostGIS with a GiST index, where there is one.

Each is a process of its own on a unix socket, loaded with the same points, asked through its usual client.
"""

import pwd
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import psycopg
import redis

POSTGRES = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
_BATCH = 20_000
_ASKED = """
    SELECT number, ST_Distance(spot, here) FROM places, (SELECT ST_MakePoint(%s, %s)::geography AS here) AS h
    WHERE ST_DWithin(spot, here, %s) ORDER BY 2
"""


@contextmanager
def redis_geo(points, radius_m):
    """``ask(latitude, longitude)``, and ``server_us()``: the server's own time a query since it last told."""
    with tempfile.TemporaryDirectory(prefix="rd") as folder:
        socket = Path(folder) / "redis.sock"
        binary = Path(sys.executable).with_name("redis-server")
        options = ["--port", "0", "--unixsocket", socket, "--dir", folder, "--save", ""]
        server = subprocess.Popen([binary, *options], stdout=subprocess.DEVNULL)
        try:
            while not socket.exists():
                time.sleep(0.01)
            client = redis.Redis(unix_socket_path=str(socket))
            rows = points.tolist()
            for start in range(0, len(rows), _BATCH):
                some = enumerate(rows[start : start + _BATCH], start)
                client.geoadd("places", [part for n, (lat, lon) in some for part in (lon, lat, n)])

            def ask(latitude, longitude):
                return client.geosearch(
                    "places", longitude=longitude, latitude=latitude, radius=radius_m, unit="m", sort="ASC",
                    withdist=True,
                )  # fmt: skip

            def server_us():
                spent = client.info("commandstats")["cmdstat_geosearch"]["usec_per_call"]
                client.config_resetstat()
                return spent

            yield ask, server_us
            client.close()
        finally:
            server.terminate()
            server.wait()


@contextmanager
def postgis(points, radius_m):
    """``ask(latitude, longitude)``, or None where this machine has no PostgreSQL with PostGIS."""
    if not POSTGRES:
        yield None
        return
    here = POSTGRES[-1].parent
    with tempfile.TemporaryDirectory(prefix="pg", ignore_cleanup_errors=True) as folder:
        # It refuses to run as root.
        user = "postgres" if Path(folder).owner() == "root" and _has("postgres") else None
        data = Path(folder) / "data"
        if user:
            data.mkdir()
            for path in (Path(folder), data):
                shutil.chown(path, user)
        run = {"user": user, "cwd": folder, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        initdb = [here / "initdb", "-D", data, "-A", "trust", "-U", "postgres", "--no-sync"]
        subprocess.run(initdb, check=True, **run)
        options = ["-k", folder, "-h", "", "-c", "fsync=off", "-c", "shared_buffers=1GB", "-c", "jit=off"]
        server = subprocess.Popen([POSTGRES[-1], "-D", data, *options], **run)
        try:
            with _connected(folder) as connection:
                yield _ask(connection, points, radius_m)
        finally:
            server.terminate()
            server.wait()


def _ask(connection, points, radius_m):
    try:
        connection.execute("CREATE EXTENSION postgis")
    except psycopg.errors.FeatureNotSupported:
        return None
    connection.execute("CREATE TABLE places (number int, spot geography(Point))")
    with connection.cursor().copy("COPY places FROM STDIN") as copy:
        for number, (latitude, longitude) in enumerate(points.tolist()):
            copy.write_row((number, f"POINT({longitude} {latitude})"))
    connection.execute("CREATE INDEX ON places USING GIST (spot)")
    connection.execute("VACUUM ANALYZE places")

    def ask(latitude, longitude):
        return connection.execute(_ASKED, (longitude, latitude, radius_m), prepare=True).fetchall()

    return ask


def _connected(folder):
    for _ in range(600):
        try:
            return psycopg.connect(host=folder, dbname="postgres", user="postgres", autocommit=True)
        except psycopg.OperationalError:
            time.sleep(0.05)
    raise TimeoutError("PostgreSQL does not answer")


def _has(user):
    return user in {one.pw_name for one in pwd.getpwall()}


def with_about(index, points, radius_m, least, most, wanted):
    """Points around which ``least`` to ``most`` places lie."""
    found = []
    for latitude, longitude in points.tolist():
        if least <= len(index.near(latitude, longitude, radius_m, limit=most + 1)) <= most:
            found.append((latitude, longitude))
        if len(found) == wanted:
            break
    return found
