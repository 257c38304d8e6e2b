"""The operators' pages of places: what there is, setting one right, withdrawing it."""

from typing import Any

from starlette.authentication import requires
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.templating import Jinja2Templates

from geotarget.correct_place import CorrectPlace
from geotarget.correction import ADDRESS, Correction
from geotarget.list_places import ListPlaces
from geotarget.osm_tags import TAKEN
from geotarget.place import Category
from geotarget.place_file import FileFormat, number
from geotarget.web.wording import REASONS
from geotarget.withdraw_place import WithdrawPlace
from kernel.errors import Conflict, Invalid, RoadcastError

_TEXTS = ("name", "brand", "category", "latitude", "longitude", *ADDRESS)


def routes(
    list_places: ListPlaces,
    correct_place: CorrectPlace,
    withdraw_place: WithdrawPlace,
    templates: Jinja2Templates,
) -> list[BaseRoute]:
    """``/places`` and ``/places/{place_id}…``, for operators."""
    pages = _Pages(list_places, correct_place, withdraw_place, templates)
    one = "/places/{place_id}"
    return [
        Route("/places", pages.index, include_in_schema=False),
        Route(one, pages.show, include_in_schema=False),
        Route(one, pages.save, methods=["POST"], include_in_schema=False),
        Route(f"{one}/withdraw", pages.withdraw, methods=["POST"], include_in_schema=False),
        Route(f"{one}/put-back", pages.put_back, methods=["POST"], include_in_schema=False),
    ]


class _Pages:
    def __init__(
        self,
        list_places: ListPlaces,
        correct_place: CorrectPlace,
        withdraw_place: WithdrawPlace,
        templates: Jinja2Templates,
    ) -> None:
        self._list_places = list_places
        self._correct_place = correct_place
        self._withdraw_place = withdraw_place
        self._templates = templates

    @requires("operator")
    async def index(self, request: Request) -> Response:
        asked = request.query_params
        text, category = asked.get("q", ""), category_of(asked.get("category", ""))
        withdrawn = asked.get("withdrawn", "") == "1"
        number = asked.get("page", "1")
        page = int(number) if number.isdecimal() and len(number) < 7 else 1
        shown = await run_in_threadpool(self._list_places, text, category, page, withdrawn=withdrawn)
        gone = await run_in_threadpool(self._list_places, withdrawn=True)
        counts = await run_in_threadpool(self._list_places.counts)
        context: dict[str, Any] = {
            "page": shown,
            "counts": counts,
            "total": sum(counts.values()),
            "text": text,
            "category": category,
            "withdrawn": withdrawn,
            "some_withdrawn": bool(gone.rows),
            "done": asked.get("done", ""),
            "categories": list(Category),
            "formats": list(FileFormat),
            "taken": TAKEN,
            "form": {},
        }
        return self._templates.TemplateResponse(request, "geotarget/places.html", context)

    @requires("operator")
    async def show(self, request: Request) -> Response:
        return await self._place(request)

    @requires("operator")
    async def save(self, request: Request) -> Response:
        async with request.form(max_files=0, max_fields=20) as sent:
            form = {name: str(sent.get(name, "")) for name in _TEXTS}
            try:
                wanted = _correction(sent)
                await run_in_threadpool(self._correct_place, _id(request), wanted)
            except Invalid as error:
                return await self._place(request, error, form)
        return RedirectResponse(f"/places/{_id(request)}?done=saved", 303)

    @requires("operator")
    async def withdraw(self, request: Request) -> Response:
        try:
            await run_in_threadpool(self._correct_place.find, _id(request))
            await run_in_threadpool(self._withdraw_place, _id(request))
        except Conflict as error:
            return await self._place(request, error)
        return RedirectResponse(f"/places/{_id(request)}?done=withdrawn", 303)

    @requires("operator")
    async def put_back(self, request: Request) -> Response:
        await run_in_threadpool(self._correct_place.find, _id(request))
        await run_in_threadpool(self._withdraw_place.put_back, _id(request))
        return RedirectResponse(f"/places/{_id(request)}?done=put-back", 303)

    async def _place(
        self, request: Request, error: RoadcastError | None = None, form: dict[str, str] | None = None
    ) -> Response:
        kept = await run_in_threadpool(self._correct_place.find, _id(request))
        place = kept.place
        context: dict[str, Any] = {
            "place": place,
            "kept": kept,
            "form": form
            or {
                "name": place.name,
                "brand": place.brand,
                "category": place.category,
                "latitude": str(place.latitude),
                "longitude": str(place.longitude),
                **{key: place.attributes.get(key, "") for key in ADDRESS},
            },
            "others": {key: text for key, text in place.attributes.items() if key not in ADDRESS},
            "categories": list(Category),
            "reasons": REASONS,
            "error": error,
            "done": request.query_params.get("done", ""),
        }
        status = 200 if error is None else 409 if isinstance(error, Conflict) else 422
        return self._templates.TemplateResponse(request, "geotarget/place.html", context, status)


def category_of(word: str) -> Category | None:
    """A category by its name, None where it is none."""
    return Category(word) if word in list(Category) else None


def _correction(sent: FormData) -> Correction:
    given = {name: str(sent[name]) for name in _TEXTS if name in sent}
    position = None
    if "latitude" in given or "longitude" in given:
        position = (
            number(given.get("latitude", ""), "latitude"),
            number(given.get("longitude", ""), "longitude"),
        )
    return Correction(
        name=given.get("name"),
        brand=given.get("brand"),
        category=category_of(given.get("category", "")),
        position=position,
        address={key: given[key] for key in ADDRESS if key in given},
    )


def _id(request: Request) -> str:
    return str(request.path_params["place_id"])
