"""``python -m server.market_policies``: write the page of the market policies that come with the program."""

from pathlib import Path

from players.adapters.policy_files import read_policies
from players.feed.conformance import page

PAGE = Path(__file__).parents[1] / "docs" / "market-policies.md"


def main(target: Path = PAGE) -> None:
    """Write the page to ``target``."""
    target.write_text(page(read_policies()), "utf-8")


if __name__ == "__main__":
    main()
