"""How many files and sockets a process may have open: as many as the system lets it, from the beginning."""

import resource

ENOUGH = 65_536
"""For the cars and players that any one process bears; some programs look through all that there may be."""


def raise_limit() -> int:
    """Let this process, and the children that it starts, open as many as they may; how many that is.

    Systems begin with 1,024, which so many cars are too.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = ENOUGH if hard == resource.RLIM_INFINITY else min(hard, ENOUGH)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        return wanted
    return soft
