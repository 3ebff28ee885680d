"""What the pages' servers answer to scripts: JSON, and one sentence where a request makes no sense."""

import json
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from housegan.errors import HouseganError

Post = TypeVar("Post", bound=BaseModel)


class RefusedError(Exception):
    """A request that makes no sense here: an HTTP status and one sentence."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status, self.sentence = status, sentence


def parsed(kind: type[Post], body: bytes) -> Post:
    """Read what was posted. Raises RefusedError."""
    try:
        return kind.model_validate_json(body)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise RefusedError(400, f"{where}: {first['msg']}." if where else f"{first['msg']}.") from None


def as_json(value: object, status: int = 200) -> Response:
    """Answer with a value."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return Response(text.encode("utf-8", "replace"), status, media_type="application/json")


async def refused(_: Request, error: Exception) -> Response:
    """Answer with why a request was refused."""
    if isinstance(error, HTTPException):
        return as_json({"error": error.detail}, error.status_code)
    assert isinstance(error, RefusedError)
    return as_json({"error": error.sentence}, error.status)


async def failed(_: Request, error: Exception) -> Response:
    """Answer with what a person can mend."""
    return as_json({"error": str(error)}, 503)


IN_SENTENCES: dict[Any, Callable[[Request, Exception], Awaitable[Response]]] = {
    RefusedError: refused,
    HTTPException: refused,
    HouseganError: failed,
}
"""Which errors are answered by a sentence: an application's `exception_handlers`."""
