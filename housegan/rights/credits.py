"""Who made the pictures of a set, where they were found, and under which licences: as a page and as Markdown."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from urllib.parse import urlsplit

from housegan import thumbnails
from housegan.catalog import Catalog, Resolved, Sighting
from housegan.config import SetConfig
from housegan.files import being_written
from housegan.progress import Progress
from housegan.rights import markdown, page

UNKNOWN = "Licence unknown"


@dataclass(frozen=True, slots=True)
class Credit:
    """One picture's line."""

    title: str
    author: str
    link: str
    """Where it was found; empty where it came from no web address."""
    licence: str
    licence_link: str
    thumbnail: Path | None

    @property
    def host(self) -> str:
        """The site it was found on, without www."""
        return (urlsplit(self.link).hostname or "").removeprefix("www.")


@dataclass(frozen=True, slots=True)
class Group:
    """All pictures under one licence."""

    licence: str
    link: str
    credits: Sequence[Credit]

    @property
    def known(self) -> bool:
        """Whether the sources named a licence at all."""
        return self.licence != UNKNOWN


@dataclass(frozen=True, slots=True)
class Written:
    """What was written."""

    page: Path
    markdown: Path
    groups: Sequence[Group]
    unreadable: dict[Path, str]


def write(catalog: Catalog, config: SetConfig, to: Path, *, everything: bool) -> Written:
    """Write `credits.html`, all in one file, and `CREDITS.md` with `thumbnails/` beside it into `to`."""
    name = catalog.folder.name
    shown = [found for found in catalog.resolved() if everything or found.verdict == "keep"]
    folder = to / "thumbnails"
    folder.mkdir(parents=True, exist_ok=True)
    wanted = {found.picture.sha256: _wanted(catalog, found, folder) for found in shown}
    for stray in folder.glob("*.webp"):
        if re.fullmatch(r"[0-9a-f]{64}", stray.stem) and stray.stem not in wanted:
            stray.unlink()
    unreadable: dict[Path, str] = {}
    again = "Stopped; the thumbnails made so far are kept. To go on, run the same command again."
    with Progress(f"thumbnails of {name}", total=len(wanted), unit="pictures", if_stopped=again) as progress:
        for one, reason in progress.counted(thumbnails.made(list(wanted.values()), config.intake)):
            if reason:
                unreadable[one.original] = reason
    stories = catalog.stories()
    shown_credits = [
        _credit(stories[sha256], None if one.original in unreadable else one.thumbnail)
        for sha256, one in wanted.items()
    ]
    groups = grouped(shown_credits)
    title = config.title or name
    written = Written(to / "credits.html", to / "CREDITS.md", groups, unreadable)
    _write_lines(written.page, page.lines(title, groups))
    _write_lines(written.markdown, markdown.lines(title, groups))
    return written


def grouped(pictures: Iterable[Credit]) -> list[Group]:
    """Put what has the same licence together: the most frequent first, what has none last; in it by author."""
    ordered = sorted(pictures, key=lambda credit: (credit.licence.casefold(), credit.author.casefold(), credit.title))
    groups = [
        Group(licence, next((credit.licence_link for credit in members if credit.licence_link), ""), members)
        for licence, members in ((name, list(some)) for name, some in groupby(ordered, key=lambda one: one.licence))
    ]
    return sorted(groups, key=lambda group: (not group.known, -len(group.credits), group.licence.casefold()))


def web_link(address: str) -> str:
    """The address if it leads to the web by http or https, else nothing: a page must not offer javascript:."""
    if not address.isprintable() or any(sign in address for sign in ' "<>\\'):
        return ""
    try:
        parts = urlsplit(address)
        return address if parts.scheme in {"http", "https"} and parts.hostname else ""
    except ValueError:
        return ""


def _wanted(catalog: Catalog, found: Resolved, folder: Path) -> thumbnails.Wanted:
    sha256 = found.picture.sha256
    return thumbnails.Wanted(catalog.original(sha256, found.picture.format), folder / f"{sha256}.webp")


def _credit(story: Sighting, thumbnail: Path | None) -> Credit:
    return Credit(
        title=_line(story.title), author=_line(story.author),
        link=web_link(story.page_url) or web_link(story.media_url),
        licence=_line(story.licence) or UNKNOWN, licence_link=web_link(story.licence_url), thumbnail=thumbnail,
    )  # fmt: skip


def _line(text: str) -> str:
    """One line without signs that turn what follows around."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def _write_lines(path: Path, lines: Iterator[str]) -> None:
    with being_written(path) as temporary, temporary.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(f"{line}\n" for line in lines)
