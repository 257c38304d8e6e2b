"""Who sends a request: an advertiser's program by its token, or a person by the cookie of their session."""

from starlette.authentication import AuthCredentials, AuthenticationBackend, AuthenticationError, BaseUser
from starlette.requests import HTTPConnection
from starlette.responses import Response

from kernel.errors import Unauthorized
from server.account import MAY, SCOPES, Role
from server.errors import BEARER_CHALLENGE, ProblemResponse, problem_of
from server.organisations.keep_tokens import RecogniseToken
from server.organisations.organisation import ApiToken
from server.organisations.secret import PREFIX, digest, is_token
from server.sign_in import TOPIC, Remembered, SessionBackend

_API = "/v1/"


class TokenUser(BaseUser):
    """What ``request.user`` is where a program asks; uploads and limits are its own, as an account's are."""

    def __init__(self, token: ApiToken) -> None:
        self.account_id = token.token_id
        self.organisation_id = token.organisation_id
        self._name = token.name

    @property
    def is_authenticated(self) -> bool:
        """True."""
        return True

    @property
    def display_name(self) -> str:
        """What the token is for."""
        return self._name

    @property
    def identity(self) -> str:
        """The token's id."""
        return self.account_id


class TokenBackend(AuthenticationBackend):
    """Looks at the token where one is shown to the API, and then at no cookie; else at the session.

    Tokens are remembered as accounts are: until something changes, and never for long. A bearer of another
    kind is a head unit's, which the routes of head units look at; it is no session's, either.
    """

    topic = TOPIC

    def __init__(self, sessions: SessionBackend, recognise: RecogniseToken) -> None:
        self._sessions = sessions
        self._recognise = recognise
        self._remembered = Remembered(recognise)

    async def authenticate(self, conn: HTTPConnection) -> tuple[AuthCredentials, BaseUser] | None:
        """The account or token, with its scopes; None for a stranger.

        Raises:
            AuthenticationError: a token that is not valid.
        """
        credential = bearer(conn) if conn.scope["path"].startswith(_API) else ""
        if not credential:
            return await self._sessions.authenticate(conn)
        if not credential.startswith(PREFIX):
            return None
        token = await self._remembered(digest(credential)) if is_token(credential) else None
        if token is None or self._recognise.is_over(token):
            raise AuthenticationError
        return AuthCredentials([*SCOPES[Role.ADVERTISER], *MAY[token.role]]), TokenUser(token)

    def refresh(self) -> None:
        """Forget everybody; they are looked up again."""
        self._remembered.forget()
        self._sessions.refresh()

    def look(self) -> None:
        """Nothing: nobody is remembered for long."""


def bearer(conn: HTTPConnection) -> str:
    """The credential of the header (RFC 6750, 2.1), or nothing.

    It is looked for at every request, and so among what came as it came.
    """
    for name, value in conn.scope["headers"]:
        if name == b"authorization":
            scheme, _, credential = value.decode("latin-1").partition(" ")
            return str(credential).strip() if scheme.lower() == "bearer" else ""
    return ""


def refuse_token(_conn: HTTPConnection, _error: AuthenticationError) -> Response:
    """What a program is answered whose token is not valid."""
    detail = "The token is unknown, revoked or over."
    error = Unauthorized("token-not-valid", detail, fix="Ask an owner of the organisation for a new one.")
    challenge = f'{BEARER_CHALLENGE}, error="invalid_token"'
    return ProblemResponse(problem_of(error), {"WWW-Authenticate": challenge, "Cache-Control": "no-store"})
