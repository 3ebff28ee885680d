"""What a person types about which pictures to draw: `0-999,5,7`, `16 of 500`, `100x100`."""

import re

from housegan.errors import HouseganError
from housegan.explore.samples import MOST


def seeds_in(text: str) -> tuple[int, ...]:
    """Read seeds such as `0-999,5,7`, at most 10,000, in their order and each once."""
    seeds: dict[int, None] = {}
    for part in text.split(","):
        match = re.fullmatch(r"\s*(\d{1,18})(?:\s*-\s*(\d{1,18}))?\s*", part)
        first, last = (int(match[1]), int(match[2] or match[1])) if match else (1, 0)
        if last < first:
            raise HouseganError(f"--seeds {text!r} must be numbers and ranges, as in 0-999,1005,1007.")
        if last - first >= MOST:
            raise _too_many(last - first + 1)
        seeds |= dict.fromkeys(range(first, last + 1))
    if len(seeds) > MOST:
        raise _too_many(len(seeds))
    return tuple(seeds)


def pick_in(text: str) -> tuple[int, int]:
    """Read how many to keep of how many, as in `16 of 500`."""
    match = re.fullmatch(r"\s*(\d{1,9})\s*of\s*(\d{1,9})\s*", text.replace(",", ""))
    kept, of = (int(match[1]), int(match[2])) if match else (0, 0)
    if not 1 <= kept < of:
        raise HouseganError(f'--best {text!r} must say how many of how many, as in --best "16 of 500".')
    if of > MOST:
        raise _too_many(of)
    return kept, of


def layout_in(text: str) -> tuple[int, int]:
    """Read columns and rows of a sheet, as in `100x100`; at most 10,000 pictures."""
    match = re.fullmatch(r"\s*(\d{1,9})\s*[x×]\s*(\d{1,9})\s*", text.lower())
    columns, rows = (int(match[1]), int(match[2])) if match else (0, 0)
    if not columns * rows:
        raise HouseganError(f"--sheet {text!r} must be columns and rows, as in 10x8.")
    if columns * rows > MOST:
        raise _too_many(columns * rows)
    return columns, rows


def _too_many(count: int) -> HouseganError:
    return HouseganError(f"{count:,} pictures are too many at once: draw up to {MOST:,}, and then the next ones.")
