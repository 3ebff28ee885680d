"""The page's addresses: what is asked for is read here, answered by `state` and recorded by `actions`."""

import asyncio
import re
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from itertools import islice
from pathlib import Path

from pydantic import TypeAdapter, ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from curation.learning import Learned, Said, Start
from curation.review import actions
from curation.review.actions import DecidePost, FilterPost, PairPost, UndoPost
from curation.review.desk import Desk
from curation.review.filter import Filter
from curation.review.previews import Original, Previews, placeholder
from curation.review.state import State, id_of
from housegan.catalog import Catalog, Sha256
from housegan.catalog.database import FAULTS, explained
from housegan.catalog.shown import ID_DIGITS, Order, Selection
from housegan.config import SetConfig
from housegan.errors import UnreadablePictureError
from housegan.web.answers import IN_SENTENCES, RefusedError, as_json, failed, parsed
from housegan.web.pages import Pages, static
from housegan.zero_shot import expect_installed

MOST_PICTURES = 200
FILTER_AFTER_S = 2.0
"""The first pictures are on the screen before the filter's process takes its share of the machine."""
RATED_AT_ONCE = 500
_PART = Path(__file__).parent
_FOR_EVER = {"cache-control": "private, max-age=31536000, immutable"}
_SELECTION = TypeAdapter(Selection)
_ID = re.compile(rf"[0-9a-f]{{{ID_DIGITS}}}")


@contextmanager
def opened(
    name: str, config: SetConfig, start: Start = Start(), *, filter_after_s: float = FILTER_AFTER_S
) -> Iterator["Review"]:
    """Open the page of a set, whose filter may know something from the start.

    So many seconds after the page is opened, or something is decided, the filter starts if it is useful.
    Raises HouseganError where there is no such set, or `start` names what isn't there.
    """
    if start.like:
        with Catalog.existing(start.like):
            pass
    if start.words:
        expect_installed()
    unreadable: dict[Sha256, str] = {}
    with (
        Desk(name, lambda catalog: State(catalog, config, unreadable)) as reading,
        Desk(name, lambda catalog: catalog) as writing,
    ):
        topic = Filter(name, config.intake, start, heard=lambda said: _take_in(reading, said))
        yield Review(
            name, config, reading=reading, writing=writing, unreadable=unreadable, topic=topic,
            order="uncertain" if start else "digest", filter_after_s=filter_after_s,
        )  # fmt: skip


class Review:
    """One set's page. It has two connections, so that nobody who asks waits for what is being written."""

    def __init__(
        self, name: str, config: SetConfig, *, reading: Desk[State], writing: Desk[Catalog],
        unreadable: dict[Sha256, str], topic: Filter, order: Order, filter_after_s: float,
    ) -> None:  # fmt: skip
        self._filter, self._filter_after_s = topic, filter_after_s
        self._order = order  # unless the person wants another
        self.name, self.reading, self.writing = name, reading, writing
        self._pages = Pages(_PART)
        self._placeholder = placeholder()
        self._originals: dict[str, Original] = {}
        self._catalog = writing.subject  # to name files with; its connection belongs to the desk
        self._previews = Previews(self._catalog.folder, config.intake, unreadable, locate=self._locate)

    def app(self) -> Starlette:
        """The application, which `housegan.web.server` makes safe."""
        gets = {
            "/thumb/{id}": self._thumb, "/picture/{id}": self._picture, "/": self._page,
            "/api/pictures": self._pictures, "/api/changes": self._changes, "/api/index": self._index,
            "/api/summary": self._summary, "/api/pairs": self._pairs,
        }  # fmt: skip
        posts = {
            "/api/decide": self._decide,
            "/api/pair": self._pair,
            "/api/undo": self._undo,
            "/api/filter": self._let_filter,
        }
        return Starlette(
            routes=[
                *(Route(path, answer) for path, answer in gets.items()),
                *(Route(path, answer, methods=["POST"]) for path, answer in posts.items()),
                static("review", _PART),
            ],
            lifespan=self._lifespan,
            exception_handlers=IN_SENTENCES | {sqlite3.DatabaseError: self._catalog_failed},
        )

    @asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncIterator[None]:
        async with self._previews:
            self._news = asyncio.Event()
            begins = asyncio.create_task(self._begin_filter())
            try:
                yield
            finally:
                begins.cancel()
                await asyncio.gather(begins, return_exceptions=True)
                await asyncio.to_thread(self._filter.stop)

    async def _begin_filter(self) -> None:
        """Start the filter once it is useful: that is looked at after the page was opened or something was decided."""
        is_useful = False
        while not is_useful:
            await self._news.wait()
            self._news.clear()
            await asyncio.sleep(self._filter_after_s)
            with suppress(sqlite3.DatabaseError):  # what it is, those hear who ask for something
                is_useful = self._filter.is_useful(await self.reading.answer(State.counts))
        await asyncio.to_thread(self._filter.start)

    def _has_decided(self, count: int) -> None:
        self._news.set()
        self._filter.decided(count)

    async def _page(self, _: Request) -> Response:
        self._news.set()
        return self._pages.page("review.html.j2", name=self.name, order=self._order)

    async def _summary(self, _: Request) -> Response:
        return as_json(await self.reading.answer(State.summary))

    async def _index(self, request: Request) -> Response:
        try:
            wanted = _SELECTION.validate_python(dict(request.query_params))
        except ValidationError as error:
            first = error.errors()[0]
            raise RefusedError(400, f"{first['loc'][0]}: {first['msg']}.") from None
        ids, last = await self.reading.answer(State.index, wanted)
        self._previews.follow(ids)
        return as_json({"ids": ids, "last": last})

    async def _pictures(self, request: Request) -> Response:
        ids = [id_ for id_ in request.query_params.get("ids", "").split(",") if id_]
        if len(ids) > MOST_PICTURES or not all(map(_ID.fullmatch, ids)):
            raise RefusedError(400, f"Ask for up to {MOST_PICTURES} ids, each of {ID_DIGITS} digits.")
        self._previews.look_at(ids)
        return as_json(await self.reading.answer(State.pictures, ids))

    async def _changes(self, request: Request) -> Response:
        since = request.query_params.get("since", "")
        if not (since.isascii() and since.isdecimal() and len(since) < 19):
            raise RefusedError(400, "since is the number of a decision.")
        return as_json(await self.reading.answer(State.changes, int(since)))

    async def _pairs(self, _: Request) -> Response:
        return as_json(await self.reading.answer(State.pairs))

    async def _decide(self, request: Request) -> Response:
        posted = parsed(DecidePost, await request.body())
        digests, newer = await self.writing.answer(actions.decide, posted)
        if newer:
            return as_json({"conflicts": await self.reading.answer(State.pictures, newer)}, 409)
        self._has_decided(len(digests))
        return as_json({"pictures": await self.reading.answer(State.pictures, digests)})

    async def _pair(self, request: Request) -> Response:
        posted = parsed(PairPost, await request.body())
        digests, recorded = await self.writing.answer(actions.decide_pair, posted)
        (pair,) = await self.reading.answer(State.pair_words, [digests])
        if not recorded:
            return as_json({"conflicts": [], "pair": pair}, 409)
        return as_json({"pictures": await self.reading.answer(State.pictures, digests), "pair": pair})

    async def _undo(self, request: Request) -> Response:
        posted = parsed(UndoPost, await request.body())
        back = await self.writing.answer(actions.undo, posted)
        self._has_decided(len(back.pictures))
        return as_json(
            {
                "undone": len(back.pictures) + len(back.pairs),
                "pictures": await self.reading.answer(State.pictures, back.pictures),
                "pairs": await self.reading.answer(State.pair_words, back.pairs),
            }
        )

    async def _let_filter(self, request: Request) -> Response:
        posted = parsed(FilterPost, await request.body())
        said = self._filter.said
        # while decisions are missing the probabilities are those of words
        probabilities = said.probabilities if isinstance(said, Learned) and not said.needed else {}
        count = await self.writing.answer(actions.let_filter, posted, probabilities)
        self._filter.ask()
        return as_json({"pictures": count})

    async def _thumb(self, request: Request) -> Response:
        original = await self._original(request.path_params["id"])
        if (data := self._previews.kept(original.sha256)) is not None:
            return Response(data, media_type="image/webp", headers=_FOR_EVER)
        return await self._made(self._previews.thumbnail, original, request)

    async def _picture(self, request: Request) -> Response:
        return await self._made(self._previews.view, await self._original(request.path_params["id"]), request)

    async def _made(self, make: Callable[..., Awaitable[bytes]], original: Original, request: Request) -> Response:
        async def is_awaited() -> bool:
            return not await request.is_disconnected()

        try:
            with self._filter.resting():
                data = await make(original, is_awaited=is_awaited)
        except UnreadablePictureError:
            return Response(self._placeholder, 404, media_type="image/webp")
        return Response(data, 200 if data else 503, media_type="image/webp", headers=_FOR_EVER if data else None)

    async def _original(self, id_: str) -> Original:
        if id_ not in self._originals and not (_ID.fullmatch(id_) and await self._locate([id_])):
            raise RefusedError(404, "There is no such picture.")
        return self._originals[id_]

    async def _locate(self, ids: Sequence[str]) -> list[Original]:
        found = await self.reading.answer(State.named, ids)
        originals = [Original(one.sha256, self._catalog.original(one.sha256, one.format)) for one in found]
        self._originals |= {id_of(original.sha256): original for original in originals}
        return originals

    async def _catalog_failed(self, request: Request, error: Exception) -> Response:
        if isinstance(error, FAULTS) or not isinstance(error, sqlite3.DatabaseError):
            raise error
        return await failed(request, explained(error, self._catalog.folder / "catalog.sqlite"))


def _take_in(reading: Desk[State], said: Said) -> None:
    """Tell what the filter says, some pictures at a time: others who ask come in between."""
    if isinstance(said, Learned):
        places = {sha256: place for place, sha256 in enumerate(said.order)}
        ratings = iter(said.probabilities.items())
        while some := dict(islice(ratings, RATED_AT_ONCE)):
            reading.ask(State.rate, some, places)
    reading.ask(State.hear, said)
