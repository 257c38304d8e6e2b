"""What every page has at hand: templates of all rooms, languages, static files with versions, filters."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import jinja2
from markupsafe import Markup
from starlette.authentication import UnauthenticatedUser
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Match, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.templating import Jinja2Templates
from starlette.types import Scope

from kernel.clock import iso_z
from kernel.errors import Invalid
from kernel.money import MICROS_PER_UNIT
from server.languages import COOKIE, LANGUAGES, Catalog, language_of

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("media", "content", "geotarget", "adserver", "players")
_YEAR_S = 31_536_000
_SYMBOLS = {"EUR": "€", "USD": "$", "GBP": "£"}


@cache
def build_templates() -> Jinja2Templates:
    """The templates of the server and of every room, with the globals and filters that pages may use.

    One for the process, so that each is compiled once.
    """
    folders = [ROOT / "server" / "templates", *(ROOT / room / "web" / "templates" for room in ROOMS)]
    env = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folders),
        autoescape=True,
        undefined=jinja2.ChainableUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    catalog = read_catalog()

    @jinja2.pass_context
    def translate(context: jinja2.runtime.Context, text: str, /, **values: object) -> str:
        return catalog.translate(str(context.get("lang", "en")), text, **values)

    @jinja2.pass_context
    def speaks(context: jinja2.runtime.Context, text: str) -> bool:
        return catalog.speaks(str(context.get("lang", "en")), text)

    @jinja2.pass_context
    def ngettext(
        context: jinja2.runtime.Context, singular: str, plural: str, number: int, **values: object
    ) -> str:
        # In French nothing is singular, too.
        one = number < 2 if context.get("lang") == "fr" else number == 1
        return translate(context, singular if one else plural, **values)

    env.globals.update(_=translate, ngettext=ngettext, speaks=speaks, static=static_url)
    env.filters.update(localtime=localtime, money=money, exact_money=exact_money)
    env.filters.update(duration=duration, decimal=decimal)
    return Jinja2Templates(env=env, context_processors=[_reader])


@cache
def read_catalog() -> Catalog:
    """The sentences of the server and of every room."""
    folders = (ROOT / "server", *(ROOT / room / "web" for room in ROOMS))
    return Catalog.read([folder / "locales" / "fr.toml" for folder in folders])


def _reader(request: Request) -> dict[str, Any]:
    known = "user" in request.scope
    return {
        "lang": language_of(request),
        "here": address_of(request),
        "user": request.user if known else UnauthenticatedUser(),
        "scopes": request.auth.scopes if known else [],
        "address_search": "app" in request.scope and getattr(request.app.state, "address_search", False),
    }


def address_of(request: Request) -> str:
    """Where a reader of this page is, as an address that may be asked for again.

    For the answer to a form that is the page of the form: the one that the browser names, else the
    nearest above that can be read.
    """
    own = request.url.path
    if request.method in {"GET", "HEAD"}:
        return f"{own}?{request.url.query}" if request.url.query else own
    sent_from = urlsplit(request.headers.get("referer", ""))
    if sent_from.netloc == request.headers.get("host") and _is_page(request, sent_from.path):
        return safe_next(f"{sent_from.path}?{sent_from.query}" if sent_from.query else sent_from.path)
    while own != "/" and not _is_page(request, own):
        own = own.rstrip("/").rpartition("/")[0] or "/"
    return own


def _is_page(request: Request, path: str) -> bool:
    asked = {**request.scope, "method": "GET", "path": path, "root_path": ""}
    routes = request.app.routes if "app" in request.scope else []
    return any(route.matches(asked)[0] is Match.FULL for route in routes)


def static_file(path: str) -> Path:
    """Where ``players/dash.js`` (a room's) or ``roadcast.css`` (shared) lies."""
    room, _, rest = path.partition("/")
    return ROOT / room / "web" / "static" / rest if room in ROOMS else ROOT / "server" / "static" / path


def static_url(path: str) -> str:
    """The address of a static file, with a version that changes with its content."""
    file = static_file(path)
    try:
        return f"/static/{path}?v={_version(file, file.stat().st_mtime_ns)}"
    except FileNotFoundError:
        return f"/static/{path}"


@lru_cache(1000)
def _version(file: Path, _mtime_ns: int) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()[:10]


def localtime(moment: datetime) -> Markup:
    """A ``<time>`` that a script shows in the reader's own timezone; UTC without it."""
    shown = moment.strftime("%Y-%m-%d %H:%M UTC")
    return Markup('<time datetime="{}">{}</time>').format(iso_z(moment), shown)


@jinja2.pass_context
def money(context: jinja2.runtime.Context, micros: int, currency: str = "EUR") -> str:
    """``1 234,50 €`` or ``€1,234.50``: micros of a currency, as the reader's language writes it."""
    return written_money(str(context.get("lang", "en")), micros, currency)


@jinja2.pass_context
def exact_money(context: jinja2.runtime.Context, micros: int, currency: str = "EUR") -> str:
    """The same to the micro, where it is not whole cents."""
    return written_money(str(context.get("lang", "en")), micros, currency, exact=True)


def written_money(language: str, micros: int, currency: str, *, exact: bool = False) -> str:
    """Money in a language that is known; with more than two decimals only where ``exact`` needs them."""
    units, rest = divmod(abs(micros), MICROS_PER_UNIT)
    decimals = f"{rest:06}".rstrip("0").ljust(2, "0")
    text = f"{units:,}.{decimals}" if exact else f"{abs(micros) / MICROS_PER_UNIT:,.2f}"
    sign = "-" if micros < 0 else ""
    if language == "fr":
        text = text.replace(",", "\u202f").replace(".", ",")
        return f"{sign}{text}\u00a0{_SYMBOLS.get(currency, currency)}"
    symbol = _SYMBOLS.get(currency)
    return f"{sign}{symbol}{text}" if symbol else f"{sign}{text}\u00a0{currency}"


@jinja2.pass_context
def decimal(context: jinja2.runtime.Context, number: float, places: int | None = None) -> str:
    """``1.5`` or ``1,5``, as the reader's language writes it; without ``places`` only those that it needs."""
    text = f"{number:g}" if places is None else f"{number:.{places}f}"
    return text.replace(".", ",") if context.get("lang") == "fr" else text


def duration(ms: int) -> str:
    """``1:02:03`` or ``2:03`` of milliseconds."""
    minutes, seconds = divmod(round(ms / 1000), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


class VersionedFiles(StaticFiles):
    """Static files: for ever where the address carries a version, asked about each time elsewhere."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        """See :class:`StaticFiles`."""
        response = super().file_response(*args, **kwargs)
        scope: Scope = kwargs["scope"] if "scope" in kwargs else args[2]
        versioned = b"v=" in scope.get("query_string", b"")
        response.headers["Cache-Control"] = (
            f"public, max-age={_YEAR_S}, immutable" if versioned else "no-cache"
        )
        return response


def static_routes() -> list[BaseRoute]:
    """``/static/<room>/…`` of each room that has some, and ``/static/…`` of the server."""
    folders = {f"/static/{room}": ROOT / room / "web" / "static" for room in ROOMS}
    rooms = [Mount(at, VersionedFiles(directory=path)) for at, path in folders.items() if path.is_dir()]
    return [*rooms, Mount("/static", VersionedFiles(directory=ROOT / "server" / "static"))]


def safe_next(target: str) -> str:
    """A path of this server to go on to, whatever was sent: never another site."""
    plain = target.isprintable() and "\\" not in target and len(target) < 2000
    return target if plain and target.startswith("/") and not target.startswith("//") else "/"


@dataclass(frozen=True, slots=True)
class StartFacts:
    """What the start page shows in a demo; outside one it leads through setting up.

    Args:
        demo_accounts: ``name``, ``password`` and ``role`` of each; empty outside a demo.
        dash_url: the dash page, in a demo with its enrolment code.
        simulator_url: the simulator's page, likewise.
    """

    demo_accounts: Sequence[dict[str, str]] = ()
    dash_url: str = "/dash"
    simulator_url: str = "/simulator"

    @property
    def demo(self) -> bool:
        """Whether this is one: only a demo tells of its accounts."""
        return bool(self.demo_accounts)


def routes(
    templates: Jinja2Templates, start: Callable[[], StartFacts], nobody_yet: Callable[[], bool] = bool
) -> list[BaseRoute]:
    """The start page and the choice of language.

    Args:
        templates: of the server.
        start: what the start page shows.
        nobody_yet: whether there is no account: then anyone is led through setting up, later operators are.
    """

    def start_page(request: Request) -> Response:
        facts = start()
        context = {
            "demo": facts.demo,
            "nobody_yet": not facts.demo and nobody_yet(),
            "demo_accounts": facts.demo_accounts,
            "dash_url": facts.dash_url,
            "simulator_url": facts.simulator_url,
        }
        return templates.TemplateResponse(request, "start.html", context)

    async def choose_language(request: Request) -> Response:
        form = await request.form(max_files=0, max_fields=10)
        language = str(form.get("lang", ""))
        if language not in LANGUAGES:
            raise Invalid("language-unknown", f"Choose one of {', '.join(LANGUAGES)}.")
        response = RedirectResponse(safe_next(str(form.get("next", "/"))), 303)
        response.set_cookie(COOKIE, language, max_age=_YEAR_S, samesite="lax", httponly=True)
        return response

    return [
        Route("/", start_page, include_in_schema=False),
        Route("/language", choose_language, methods=["POST"], include_in_schema=False),
        *static_routes(),
    ]
