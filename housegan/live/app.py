"""The page's addresses: every run of the working folder has a page, the one that was asked for comes first."""

import re
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from housegan.live.branch import Branch
from housegan.live.command import branch_of, written
from housegan.live.view import View
from housegan.run.folder import Run, all_runs
from housegan.run.wishes import Wish, wish
from housegan.web.answers import IN_SENTENCES, RefusedError, as_json, parsed
from housegan.web.pages import Pages, static

_PART = Path(__file__).parent
_FOR_EVER = {"cache-control": "private, max-age=31536000, immutable"}
_GRID = re.compile(r"\d{12}\.png")


class WishPost(BaseModel):
    """POST /api/NAME/wish."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    kind: Wish


class BranchPost(BaseModel):
    """Which branch: GET /api/NAME/branch shows its command, POST begins it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    images: Annotated[int, Field(ge=0, lt=10**12)]
    rate: Annotated[float, Field(gt=0, le=1)] = 1.0


class Live:
    """The pages of all runs."""

    def __init__(self, run: Run) -> None:
        self._first = run
        self._views: dict[str, View] = {run.name: View(run)}
        self._branches: dict[str, Branch] = {}
        self._pages = Pages(_PART)
        self.asked_at = time.monotonic()
        """When somebody's page last asked for news."""

    @property
    def training(self) -> bool:
        """Whether a run that was looked at is being trained: the first one, or a branch of it."""
        return any(view.observer.alive() for view in list(self._views.values()))

    def app(self) -> Starlette:
        """The application, which `housegan.web.server` makes safe."""
        return Starlette(
            routes=[
                Route("/", self._home),
                Route("/run/{name}", self._page),
                Route("/grid/{name}/{file}", self._grid),
                Route("/api/{name}", self._news),
                Route("/api/{name}/wish", self._wish, methods=["POST"]),
                Route("/api/{name}/branch", self._branch_command),
                Route("/api/{name}/branch", self._begin_branch, methods=["POST"]),
                static("live", _PART),
            ],
            exception_handlers=IN_SENTENCES,
        )

    def _view(self, request: Request) -> View:
        name = request.path_params["name"]
        if name not in self._views:
            run = next((run for run in all_runs() if run.name == name), None)
            if run is None:
                raise RefusedError(404, f"There is no run {name!r} (any more).")
            self._views[name] = View(run)
        return self._views[name]

    def _home(self, _: Request) -> Response:
        return RedirectResponse(f"/run/{self._first.name}")

    def _page(self, request: Request) -> Response:
        view = self._view(request)
        runs = sorted({run.name for run in all_runs()} | set(self._views), reverse=True)
        return self._pages.page("live.html.j2", name=view.run.name, runs=runs, config=view.config)

    def _news(self, request: Request) -> Response:
        self.asked_at = time.monotonic()
        view = self._view(request)
        news = view.news(request.query_params)
        branch = self._branches.get(view.run.name)
        return as_json({"parts": news, "branch": branch.told() if branch else None})

    def _grid(self, request: Request) -> Response:
        file = request.path_params["file"]
        path = self._view(request).run.path / "samples" / file
        if not _GRID.fullmatch(file) or not path.is_file():
            raise RefusedError(404, "There is no such grid (any more).")
        return Response(path.read_bytes(), media_type="image/png", headers=_FOR_EVER)

    async def _wish(self, request: Request) -> Response:
        view, posted = self._view(request), parsed(WishPost, await request.body())
        if not await run_in_threadpool(view.observer.alive):
            raise RefusedError(409, "Nobody trains this run now.")
        await run_in_threadpool(wish, view.run, posted.kind)
        return as_json({})

    def _branch_command(self, request: Request) -> Response:
        posted = _branch_asked_for(request.query_params)
        view = self._view(request)
        words = _words(view, posted)
        images = int(view.generator_near(posted.images).stem)
        alone = view.config.pretrain is not None and "--pretrain" not in words
        return as_json({"command": written(words), "images": images, "last_stage_alone": alone})

    async def _begin_branch(self, request: Request) -> Response:
        view, posted = self._view(request), parsed(BranchPost, await request.body())
        words = await run_in_threadpool(_words, view, posted)
        before = self._branches.get(view.run.name)  # from here on without a pause: two requests begin one branch
        if before and before.on_its_way:
            raise RefusedError(409, "A branch is on its way already.")
        self._branches[view.run.name] = branch = Branch(view, words)
        return as_json(branch.told())


def _branch_asked_for(query: Mapping[str, str]) -> BranchPost:
    values = {name: query[name] for name in ("images", "rate") if name in query}
    try:
        return BranchPost.model_validate(values)
    except ValueError:
        raise RefusedError(400, "A branch has the images of a grid, and a rate up to 1.") from None


def _words(view: View, posted: BranchPost) -> list[str]:
    generator = view.generator_near(posted.images)
    stage = view.stage_at(int(generator.stem))
    return branch_of(view.config, generator, stage=stage, rate=posted.rate)
