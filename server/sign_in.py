"""Signing in: accounts with argon2 passwords, a signed session cookie, and roles as scopes."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Generic, TypeVar

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from starlette.authentication import AuthCredentials, AuthenticationBackend, BaseUser
from starlette.requests import HTTPConnection

from kernel.clock import Clock
from kernel.errors import Conflict, Invalid, NotFound, RoadcastError
from kernel.ids import NewId
from server.account import Account, MemberRole, Role, check_password, fold_name
from server.adapters.redis_attempts import RedisAttempts
from server.adapters.sql_accounts import SqlAccounts
from server.organisations.organisation import acts_between

ATTEMPTS_PER_NAME = 10
ATTEMPTS_PER_ADDRESS = 100
# Announced when an account was changed or removed.
TOPIC = "accounts"
_REMEMBER_S = 10.0
Found = TypeVar("Found")
_hasher = PasswordHasher()
_nobody = _hasher.hash("nobody's password, so that an unknown name takes as long as a known one")


def hash_password(password: str) -> str:
    """What is kept of a password; this takes a while, and shall."""
    return _hasher.hash(password)


class SignInRefused(RoadcastError):
    """Signing in did not succeed; the sentence does not tell which part was wrong."""


@dataclass(frozen=True, slots=True)
class CreateAccount:
    """Makes an account with a hashed password."""

    accounts: SqlAccounts
    clock: Clock
    new_id: NewId

    def __call__(
        self,
        name: str,
        password: str,
        role: Role,
        display_name: str = "",
        organisation_id: str = "",
        member: MemberRole = MemberRole.OWNER,
    ) -> Account:
        """The new account; ``member`` says what an advertiser's may do in its organisation.

        Raises:
            Invalid: a name or password that may not be.
            Conflict: ``account-name-taken``.
        """
        account = Account(
            account_id=self.new_id("acc"),
            name=fold_name(name),
            display_name=display_name.strip() or name.strip(),
            role=role,
            organisation_id=organisation_id,
            password_hash=hash_password(check_password(password)),
            created_ms=self.clock.now_ms(),
            member=member if role is Role.ADVERTISER else None,
        )
        self.accounts.add(account, acts_between(None, account, account.created_ms))
        return account


@dataclass(frozen=True, slots=True)
class ChangeAccount:
    """Changes or removes an account; its sessions end at once.

    Args:
        announce: told ``accounts``, so that no process goes on remembering it.
    """

    accounts: SqlAccounts
    announce: Callable[[str], None]
    clock: Clock

    def __call__(
        self,
        name: str,
        *,
        role: Role | None = None,
        password: str | None = None,
        display_name: str | None = None,
        organisation_id: str | None = None,
        member: MemberRole | None = None,
    ) -> Account:
        """The account as it is now; what is None stays. Who becomes an advertiser's owns it, unless said.

        Raises:
            NotFound: ``account-unknown``.
            Invalid: ``password-too-short``, ``password-too-long`` or ``advertiser-missing``.
            Conflict: ``last-operator``.
        """
        before = self.find(name)
        after = replace(
            before,
            role=role or before.role,
            display_name=(display_name or "").strip() or before.display_name,
            organisation_id=before.organisation_id if organisation_id is None else organisation_id,
            password_hash=hash_password(check_password(password)) if password else before.password_hash,
            member=member or before.member or MemberRole.OWNER,
        )
        if after.role is not Role.ADVERTISER:
            after = replace(after, member=None)
        if after.role is Role.ADVERTISER and not after.organisation_id:
            raise Invalid("advertiser-missing", "Whom does the account book for?", fix="Give --advertiser.")
        if after.role is not Role.OPERATOR:
            after = after if after.role is Role.ADVERTISER else replace(after, organisation_id="")
            self._check_operators(before)
        self.accounts.change(after, acts_between(before, after, self.clock.now_ms()))
        self.announce(TOPIC)
        return after

    def remove(self, name: str) -> Account:
        """The account that was removed.

        Raises:
            NotFound: ``account-unknown``.
            Conflict: ``last-operator``.
        """
        account = self.find(name)
        self._check_operators(account)
        self.accounts.remove(account.account_id, acts_between(account, None, self.clock.now_ms()))
        self.announce(TOPIC)
        return account

    def find(self, name: str) -> Account:
        """The account of a name.

        Raises:
            NotFound: ``account-unknown``.
        """
        account = self.accounts.by_name(fold_name(name))
        if account is None:
            fix = "See roadcast account list."
            raise NotFound("account-unknown", f"There is no account “{name}”.", fix=fix)
        return account

    def _check_operators(self, leaving: Account) -> None:
        """Refuse to lose the last who may do everything."""
        operators = [one for one in self.accounts.all() if one.role is Role.OPERATOR]
        if [one.account_id for one in operators] == [leaving.account_id]:
            raise Conflict(
                "last-operator",
                f"“{leaving.name}” is the only operator.",
                fix="Add another first: roadcast account add NAME --role operator.",
            )


@dataclass(frozen=True, slots=True)
class SignIn:
    """Checks a name and a password, slowly and not too often."""

    accounts: SqlAccounts
    attempts: RedisAttempts
    limiter: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(2))

    async def __call__(self, name: str, password: str, address: str) -> Account:
        """The account.

        Raises:
            SignInRefused: ``sign-in-refused``, or ``sign-in-too-often``.
        """
        try:
            folded = fold_name(name)
        except Invalid:
            raise _refused() from None
        by_name = await self.attempts.count(f"name:{folded}")
        by_address = await self.attempts.count(f"address:{address}")
        if by_name > ATTEMPTS_PER_NAME or by_address > ATTEMPTS_PER_ADDRESS:
            raise SignInRefused(
                "sign-in-too-often", "Too many attempts to sign in.", fix="Wait a quarter of an hour."
            )
        account = await run_sync(self._check, folded, password[:1001], limiter=self.limiter)
        if account is None:
            raise _refused()
        await self.attempts.forget(f"name:{folded}")
        return account

    def _check(self, name: str, password: str) -> Account | None:
        account = self.accounts.by_name(name)
        try:
            _hasher.verify(account.password_hash if account else _nobody, password)
        except (VerificationError, InvalidHashError):
            return None
        return account


def _refused() -> SignInRefused:
    return SignInRefused("sign-in-refused", "That name and password do not belong together.")


class SignedIn(BaseUser):
    """What ``request.user`` is once someone has signed in."""

    def __init__(self, account: Account) -> None:
        self.account_id = account.account_id
        self.organisation_id = account.organisation_id
        self._display_name = account.display_name

    @property
    def is_authenticated(self) -> bool:
        """True."""
        return True

    @property
    def display_name(self) -> str:
        """How to address them."""
        return self._display_name

    @property
    def identity(self) -> str:
        """The account's id."""
        return self.account_id


class Remembered(Generic[Found]):
    """What a look-up in SQL said, for a moment, so that not every request asks anew.

    Args:
        look_up: runs in a thread.
    """

    def __init__(self, look_up: Callable[[str], Found | None]) -> None:
        self._look_up = look_up
        self._known: dict[str, tuple[float, Found | None]] = {}

    async def __call__(self, key: str) -> Found | None:
        """What is known of ``key``, no older than some seconds."""
        now = time.monotonic()
        known = self._known  # a look-up that a change overtakes is remembered by nobody
        until, found = known.get(key, (0.0, None))
        if now >= until:
            found = await run_sync(self._look_up, key)
            if len(known) > 1000:
                known.clear()
            known[key] = (now + _REMEMBER_S, found)
        return found

    def forget(self) -> None:
        """Look everything up again."""
        self._known = {}


class SessionBackend(AuthenticationBackend):
    """Finds the account behind a session cookie; remembers it until it changes, and never for long.

    It is kept fresh as snapshots are: ``refresh`` forgets everybody when the topic is announced.
    """

    topic = TOPIC

    def __init__(self, accounts: SqlAccounts) -> None:
        self._remembered = Remembered(accounts.by_id)

    async def authenticate(self, conn: HTTPConnection) -> tuple[AuthCredentials, BaseUser] | None:
        """The account and its scopes, or None for a stranger; a changed password ends the session."""
        account_id = conn.session.get("account_id")
        if not isinstance(account_id, str):
            return None
        account = await self._remembered(account_id)
        if account is None or conn.session.get("fingerprint") != account.fingerprint:
            return None
        return AuthCredentials(list(account.scopes)), SignedIn(account)

    def refresh(self) -> None:
        """Forget everybody; they are looked up again."""
        self._remembered.forget()

    def look(self) -> None:
        """Nothing: nobody is remembered for long."""
