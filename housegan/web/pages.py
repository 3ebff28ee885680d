"""Pages made from templates: every value is escaped, and what they load lies beside them."""

import base64
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

_HERE = Path(__file__).parent
_KINDS = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}


def environment(folder: Path) -> Environment:
    """Make what fills the templates of `folder`; they may extend `base.html.j2`, or `alone.html.j2` for one file.

    Strangers' titles and names: whatever isn't marked as safe is escaped. `number` writes 1,234, `many` "1,234 crops",
    `plain` one line without signs that turn what follows around.
    """
    made = Environment(
        loader=FileSystemLoader([folder, _HERE / "templates"]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"number": _number, "many": _many, "plain": _plain}
    return made


def webp_address(webp: bytes) -> str:
    """The picture itself as an address, for pages of one file; nothing where there is no picture."""
    return f"data:image/webp;base64,{base64.b64encode(webp).decode()}" if webp else ""


class Pages:
    """The templates of one part of the project."""

    def __init__(self, part: Path) -> None:
        self._environment = environment(part / "templates")

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


def _number(count: int) -> str:
    return f"{count:,}"


def _many(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _plain(text: str) -> str:
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
