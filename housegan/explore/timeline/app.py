"""The page's addresses."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from housegan.errors import HouseganError
from housegan.explore.timeline.drawing import Drawing
from housegan.explore.timeline.history import History
from housegan.run.favourites import Favourite, mark
from housegan.run.folder import Run
from housegan.run.snapshots import Snapshot
from housegan.web.answers import IN_SENTENCES, RefusedError, as_json, parsed
from housegan.web.pages import Pages, static

LONGEST_NAME = 200
_PART = Path(__file__).parent


class FavouritePost(BaseModel):
    """POST /api/favourite."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    images: Annotated[int, Field(ge=0)]
    name: Annotated[str, Field(max_length=LONGEST_NAME)] = ""


class Timeline:
    """One run's page."""

    def __init__(self, run: Run, drawing: Drawing) -> None:
        self.run, self.drawing, self.history = run, drawing, History(run)
        self._pages = Pages(_PART)

    def app(self) -> Starlette:
        """The application, which `housegan.web.server` makes safe."""
        return Starlette(
            routes=[
                Route("/", self._page),
                Route("/api/run", self._told),
                Route("/api/favourite", self._favourite, methods=["POST"]),
                Route("/sheet/{images:int}", self._sheet),
                static("timeline", _PART),
            ],
            exception_handlers=IN_SENTENCES,
        )

    async def _page(self, _: Request) -> Response:
        seeds: Sequence[int] = self.drawing.seeds
        return self._pages.page(
            "timeline.html.j2", name=self.run.name, word=self.run.called, longest=LONGEST_NAME,
            first=seeds[0], last=seeds[-1],
        )  # fmt: skip

    async def _told(self, _: Request) -> Response:
        return as_json(await run_in_threadpool(self.history.told))

    async def _sheet(self, request: Request) -> Response:
        snapshot = await self._snapshot(request.path_params["images"])
        try:
            return Response(await self.drawing.sheet(snapshot), media_type="image/webp")
        except HouseganError as error:
            if snapshot.path.is_file():
                raise  # damaged
            raise RefusedError(410, str(error)) from None

    async def _favourite(self, request: Request) -> Response:
        posted = parsed(FavouritePost, await request.body())
        snapshot = await self._snapshot(posted.images)
        await run_in_threadpool(mark, self.run, Favourite(snapshot.images, posted.name.strip()))
        return as_json({"favourites": await run_in_threadpool(self.history.favourites)})

    async def _snapshot(self, images: int) -> Snapshot:
        snapshot = await run_in_threadpool(self.history.snapshot, images)
        if snapshot is None:
            raise RefusedError(410, f"The generator at {images:,} images is no longer there: it was let go for room.")
        return snapshot
