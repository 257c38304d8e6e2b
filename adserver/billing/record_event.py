"""A beacon comes in: it is checked, counted once, and bills at most once."""

from dataclasses import dataclass

from adserver.billing.budget import Outcome
from adserver.billing.impression import read_kind, read_token
from adserver.ports import Budgets
from kernel.clock import Clock
from kernel.signing import Signer


@dataclass(frozen=True)
class RecordEvent:
    """Accepts an event; durable once it returns, in the ledger a moment later."""

    budgets: Budgets
    signer: Signer
    clock: Clock

    async def __call__(self, token: str, event: str) -> Outcome:
        """What it did: billed, noted, repeated; not counted where out of order, or unbilled.

        Raises:
            Forbidden: ``beacon-invalid`` or ``beacon-expired``.
            NotFound: ``event-unknown``.
        """
        now_ms = self.clock.now_ms()
        beacon = read_token(self.signer, token, now_ms)
        return await self.budgets.record(beacon, read_kind(event, beacon), now_ms)
