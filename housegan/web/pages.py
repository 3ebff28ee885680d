"""Pages made from templates: every value is escaped, and what they load lies beside them."""

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

_HERE = Path(__file__).parent
_KINDS = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}


class Pages:
    """The templates of one part of the project, which may extend `base.html.j2`."""

    def __init__(self, part: Path) -> None:
        self._environment = Environment(
            loader=FileSystemLoader([part / "templates", _HERE / "templates"]),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def page(self, template: str, **values: Any) -> HTMLResponse:
        """Fill a template."""
        return HTMLResponse(self._environment.get_template(template).render(values))


def static(name: str, part: Path) -> Route:
    """The route of scripts and styles: `/static/NAME/…` are the part's own, `/static/…` those that all pages share.

    The files are those that are there now, and stay as they are now: no address leads out of their folders.
    """
    paths = {path.name: path for path in (_HERE / "static").iterdir()}
    paths |= {f"{name}/{path.name}": path for path in (part / "static").iterdir()}
    files = {
        address: (path.read_bytes(), _KINDS[path.suffix]) for address, path in paths.items() if path.suffix in _KINDS
    }

    async def file(request: Request) -> Response:
        if request.path_params["path"] not in files:
            raise HTTPException(404)
        content, kind = files[request.path_params["path"]]
        return Response(content, media_type=kind)

    return Route("/static/{path:path}", file)
