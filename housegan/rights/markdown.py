"""The credits as Markdown: every sign of a stranger's that means something to it is escaped."""

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from housegan.rights.credits import Credit, Group

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>()#+.!|~&@:$^-])")


def lines(title: str, groups: Sequence["Group"]) -> Iterator[str]:
    """Yield the lines of CREDITS.md; thumbnails are looked for in `thumbnails/` beside it."""
    total = sum(len(group.credits) for group in groups)
    yield f"# {escaped(title)}: credits"
    yield ""
    yield f"{total:,} pictures by {_authors(groups):,} named authors."
    for group in groups:
        yield ""
        yield f"## {link(group.licence, group.link)} ({len(group.credits):,})"
        yield ""
        if not group.known:
            yield "Their sources name no licence: all rights are their authors' until you know better."
            yield ""
        yield "| | title | author | found at |"
        yield "|---|---|---|---|"
        yield from (_row(credit) for credit in group.credits)


def escaped(text: str) -> str:
    """Keep text from being markup, a mention or a link."""
    return _SPECIAL.sub(r"\\\1", text)


def link(text: str, address: str) -> str:
    """Text that leads to an address, where there is one; the address was let through by `web_link`."""
    target = address.replace("|", "%7C").replace("(", "%28").replace(")", "%29").replace("`", "%60")
    return f"[{escaped(text)}](<{target}>)" if address else escaped(text)


def _row(credit: "Credit") -> str:
    small = f"![](thumbnails/{credit.thumbnail.name})" if credit.thumbnail else ""
    found = link(credit.host, credit.link)
    return f"| {small} | {escaped(credit.title)} | {escaped(credit.author) or 'unknown'} | {found} |"


def _authors(groups: Sequence["Group"]) -> int:
    return len({credit.author for group in groups for credit in group.credits if credit.author})
