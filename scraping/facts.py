"""Facts out of strangers' JSON and HTML: whatever comes in, what goes out has the right type and can be stored.

Nothing here raises: a value of the wrong type is the empty one.
"""

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from parsel import Selector

MAX_TEXT = 500
"""Characters kept of a title, a name or a licence."""
MAX_URL = 2_000
_MAX_HTML = 10_000
_BLOCK = re.compile(r"</?(?:p|div|br|hr|li|ul|ol|dl|dt|dd|tr|td|th|table|h[1-6])\b", re.IGNORECASE)
_NEVER_IN_ADDRESSES = re.compile(r'[ "<>\\\ufffd]')
_UNSEEN = "/*/*//*[self::script or self::style or contains(translate(@style, ' ', ''), 'display:none')]"


def mapping(value: object) -> Mapping[str, Any]:
    """The value if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def array(value: object) -> list[Any]:
    """The value if it is an array, else an empty one."""
    return value if isinstance(value, list) else []


def text(value: object, *, limit: int = MAX_TEXT) -> str:
    """The value if it is a string: one line, storable as UTF-8, at most `limit` characters; else an empty one."""
    if not isinstance(value, str):
        return ""
    line = " ".join(value[: 4 * limit].encode(errors="replace").decode().split())
    if not line.isprintable():
        line = "".join(sign for sign in line if sign.isprintable())
    return line[:limit].rstrip()


def number(value: object) -> float | None:
    """The value if it is a finite number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        finite = float(value)
    except OverflowError:
        return None
    return finite if math.isfinite(finite) else None


def pixels(value: object) -> int:
    """The value if it is a length in px, else 0 for unknown."""
    length = number(value)
    return int(length) if length and 0 < length < 1e6 else 0


def web_address(value: object) -> str:
    """The value if it is an address by http or https, with //host completed; else an empty string."""
    if not isinstance(value, str) or len(value) > MAX_URL:
        return ""
    address = value.strip()
    if address.startswith("//"):
        address = f"https:{address}"
    if not address.isprintable() or _NEVER_IN_ADDRESSES.search(address):
        return ""
    try:
        parts = urlsplit(address)
        good = parts.scheme in {"http", "https"} and parts.hostname and (parts.port is None or parts.port > 0)
    except ValueError:
        return ""
    return address if good else ""


def host_and_path(address: str) -> tuple[str, str]:
    """Host in lower case without www. and m., and path, of what `web_address` let through."""
    parts = urlsplit(address)
    return re.sub(r"^(?:www|m)\.", "", (parts.hostname or "").lower()), parts.path


def instant(seconds: object) -> str:
    """Seconds since 1970 as UTC in ISO 8601; empty where it is none."""
    since = number(seconds)
    if since is None or not 0 < since < 32_503_680_000:  # the year 3000
        return ""
    return datetime.fromtimestamp(since, UTC).isoformat(timespec="seconds")


def plain_text(html: object, *, limit: int = MAX_TEXT) -> str:
    """Turn a piece of HTML into one line of text: no tags, no scripts, nothing hidden, entities decoded."""
    if not isinstance(html, str):
        return ""
    markup = html[:_MAX_HTML].encode(errors="replace").decode()
    if "<" not in markup and "&" not in markup:
        return text(markup, limit=limit)
    page = Selector(_BLOCK.sub(r" \g<0>", markup), type="html")
    page.xpath(_UNSEEN).drop()
    return text(page.xpath("string()").get(), limit=limit)
