"""One request, and what came of it: an answer, a reason never to ask again, or a reason to ask later."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scrapy import Request
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
)
from scrapy.http.request import NO_CALLBACK

from housegan.errors import HouseganError
from scraping.backoff import retry_after_s
from scraping.courtesy import LaterError, RefusedError, unwanted_use
from scraping.placeholders import placeholder
from scraping.settings import MAX_REDIRECTS

if TYPE_CHECKING:
    from scrapy.core.engine import ExecutionEngine

_KINDS = {"Refused": "connection refused", "SSL": "no good certificate"}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a site sent. Header names are in lower case."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(eq=False)
class FailedError(Exception):
    """Nothing came, this time."""

    reason: str
    pause_s: float | None = None
    """How long the host wants to be left alone, where it said so."""
    reached: bool = False
    """Whether the host is there at all."""
    for_good: bool = False
    """Whether a third time is the last."""


async def fetch(
    engine: "ExecutionEngine",
    url: str,
    *,
    max_mb: float,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
    obey_robots: bool = True,
) -> Answer:
    """Ask, follow redirects, and return the answer whatever its status; else raise RefusedError or FailedError."""
    try:
        request = Request(
            url, callback=NO_CALLBACK, method=method, headers=dict(headers or {}), body=body,
            meta={"download_maxsize": int(max_mb * 1e6), "dont_obey_robotstxt": not obey_robots},
        )  # fmt: skip
    except ValueError:
        raise RefusedError("no valid address") from None
    try:
        response = await engine.download_async(request)
    except (RefusedError, HouseganError):
        raise
    except LaterError as error:
        raise FailedError(str(error)) from None
    except DownloadTimeoutError:
        raise FailedError("took too long") from None
    except CannotResolveHostError:
        raise FailedError("host not found") from None
    except ResponseDataLossError:
        raise FailedError("cut off", reached=True, for_good=True) from None
    except DownloadCancelledError:
        raise RefusedError(f"larger than {max_mb:g} MB") from None
    except IgnoreRequest as error:
        raise RefusedError(_ignored(str(error), max_mb)) from None
    except Exception as error:
        raise FailedError(_unreached(error)) from None
    return Answer(
        response.url,
        response.status,
        {
            name.decode("latin-1").lower(): b", ".join(values).decode("latin-1")
            for name, values in response.headers.items()
        },
        response.body,
    )


async def fetch_picture(engine: "ExecutionEngine", url: str, *, max_mb: float) -> bytes:
    """Fetch what should be a picture's bytes; raises RefusedError where the site doesn't want it taken, or has none."""
    answer = await fetch(engine, url, max_mb=max_mb, headers={"Accept": "image/*"})
    raise_if_busy(answer)
    if answer.status != 200:
        raise RefusedError(f"status {answer.status}")
    if forbidden := unwanted_use(answer.headers.get("x-robots-tag", "")):
        raise RefusedError(f"the site says {forbidden}")
    if gone := placeholder(answer.body, answer.url):
        raise RefusedError(gone)
    return answer.body


def raise_if_busy(answer: Answer) -> None:
    """Take 429 and 5xx for what they are: not now."""
    if answer.status == 429 or answer.status >= 500:
        raise FailedError(f"status {answer.status}", pause_s=retry_after_s(answer.headers))


def _ignored(reason: str, max_mb: float) -> str:
    if "redirect" in reason:
        return f"more than {MAX_REDIRECTS} redirects"
    return f"larger than {max_mb:g} MB" if "DOWNLOAD_MAXSIZE" in reason else reason[:80]


def _unreached(error: Exception) -> str:
    """Name a failed connection by its kind: what the system says names addresses, and each would be one of its own."""
    kind = type(error).__name__
    return (
        "connection refused" if "Refused" in kind else "no good certificate" if "SSL" in kind else "connection failed"
    )
