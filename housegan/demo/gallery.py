"""A site on this machine that shows the painter's pictures, to be scraped like any other."""

import html
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import quote, unquote

from housegan.demo.planted import Planted

PICTURES_A_PAGE = 60
PORTS = range(8640, 8660)
"""The first free one: the same address again, as long as nobody else takes it, so that a scrape can go on."""

SET = """\
title: {title}
story: A set of the demo, painted by itself and shown by a gallery on this machine.
recipe: quick
scrape:
  target: {target}
  delay_s: 0 # the site is our own
  requests_a_host: 8
  allow_private_hosts: ["{host}"]
  galleries:
    - start_urls: ["http://{host}/{name}"]
      item: figure
      media: a.full::attr(href)
      next_page: a.next::attr(href)
      title: figcaption .title::text
      author: figcaption .author::text
      licence: a[rel=license]::text
      licence_url: a[rel=license]::attr(href)
"""


@contextmanager
def serving(folder: Path, shown: Mapping[str, Sequence[Planted]]) -> Iterator[str]:
    """Show the pictures of each set, which lie in `folder`/NAME, at http://HOST/NAME; yields HOST meanwhile."""
    for port in PORTS:
        try:
            server = ThreadingHTTPServer(("127.0.0.1", port), partial(_Gallery, folder, shown))
            break
        except OSError:
            continue
    else:
        server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Gallery, folder, shown))
    with server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def page(name: str, pictures: Sequence[Planted], number: int) -> str:
    """The HTML of one page of a gallery, numbered from 0."""
    start = number * PICTURES_A_PAGE
    figures = "\n".join(_figure(name, picture) for picture in pictures[start : start + PICTURES_A_PAGE])
    more = start + PICTURES_A_PAGE < len(pictures)
    onward = f'<a class="next" href="/{name}?page={number + 1}">more</a>' if more else ""
    return f"<!doctype html><meta charset=utf-8><title>{html.escape(name)}</title>\n{figures}\n{onward}\n"


def _figure(name: str, picture: Planted) -> str:
    return (
        f'<figure><a class="full" href="/{name}/{quote(picture.name)}">full size</a><figcaption>'
        f'<span class="title">{html.escape(picture.title or picture.kind)}</span> by '
        '<span class="author">the painter</span>, <a rel="license" '
        'href="https://creativecommons.org/publicdomain/zero/1.0/">CC0</a></figcaption></figure>'
    )


class _Gallery(BaseHTTPRequestHandler):
    """Answers with a page, a picture, or 404: only names that were planted lead to a file."""

    protocol_version = "HTTP/1.1"

    def __init__(self, folder: Path, shown: Mapping[str, Sequence[Planted]], *rest: object) -> None:
        self.folder, self.shown = folder, shown
        super().__init__(*rest)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        """Answer a request."""
        path, _, query = unquote(self.path).partition("?")
        name, _, file = path.strip("/").partition("/")
        pictures = self.shown.get(name, ())
        if pictures and not file:
            number = query.removeprefix("page=")
            self._answer("text/html", page(name, pictures, int(number) if number.isdecimal() else 0).encode())
        elif file in {picture.name for picture in pictures}:
            self._answer("image/jpeg", (self.folder / name / file).read_bytes())
        else:
            self._answer("text/plain", b"not here", HTTPStatus.NOT_FOUND)

    def _answer(self, kind: str, body: bytes, status: HTTPStatus = HTTPStatus.OK) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 the library's name
        """Say nothing: the scrape shows what is fetched."""
