from concurrent.futures import ThreadPoolExecutor

from media.adapters.sql_assets import SqlAssets
from media.adapters.tables import metadata
from tests.contracts.test_media_sql import asset


def test_one_of_many_that_add_the_same_at_once_wins(database):
    metadata.create_all(database)
    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(lambda number: SqlAssets(database).add(asset(created_ms=number)), range(8)))
    assert won.count(True) == 1
    assert SqlAssets(database).find("ast_1").created_ms == won.index(True)
