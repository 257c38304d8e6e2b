import subprocess
import sys

import pytest

TELL = """
import resource, sys
from server.engines import open_files
soft, hard, open_files.ENOUGH = map(int, sys.argv[1:])
resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
print(open_files.raise_limit(), *resource.getrlimit(resource.RLIMIT_NOFILE))
"""


@pytest.mark.parametrize(
    ("soft", "hard", "enough", "then"),
    [(256, 300, 500, 300), (300, 300, 500, 300), (256, 600, 500, 500), (550, 600, 500, 550)],
)
def test_the_limit_is_raised_as_far_as_may_be(soft, hard, enough, then):
    command = [sys.executable, "-c", TELL, str(soft), str(hard), str(enough)]
    told = subprocess.run(command, capture_output=True, text=True, check=True)
    assert told.stdout.split() == [str(then), str(then), str(hard)]
