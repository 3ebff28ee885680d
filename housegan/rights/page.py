"""The credits as one HTML file: no scripts, nothing loaded from anywhere, every stranger's word escaped."""

import base64
from collections.abc import Iterator, Sequence
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from housegan.rights.credits import Credit, Group

_REL = "noopener noreferrer nofollow"
_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_STYLE = """
:root { color-scheme: light dark; --paper: #faf8f4; --card: #fff; --ink: #24211d; --soft: #6f685f; --line: #e5dfd5;
  --mark: #9c4a1a; --warn: #fdf1e3; --shade: 0 1px 2px #0001, 0 4px 14px #0000000d; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #171614; --card: #211f1c; --ink: #ece7df; --soft: #a39b90; --line: #37332e; --mark: #e9a06f;
    --warn: #33271b; --shade: none; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: clamp(1.25rem, 4vw, 3.5rem); max-width: 84rem; background: var(--paper);
  color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
h1 { margin: 0; font: 600 clamp(1.8rem, 4vw, 2.8rem)/1.1 Georgia, "Iowan Old Style", serif; text-wrap: balance; }
h2 { margin: 0; font: 600 1.35rem/1.3 Georgia, "Iowan Old Style", serif; }
a { color: inherit; text-decoration-color: var(--mark); text-underline-offset: .15em; }
a:hover { color: var(--mark); }
a:focus-visible { outline: 2px solid var(--mark); outline-offset: 2px; border-radius: 2px; }
.lead { margin: .6rem 0 1.6rem; color: var(--soft); }
nav ul { display: flex; flex-wrap: wrap; gap: .5rem; margin: 0; padding: 0; list-style: none; }
nav a { display: block; padding: .25rem .8rem; border: 1px solid var(--line); border-radius: 99px;
  background: var(--card); text-decoration: none; font-size: .9rem; }
nav b { margin-left: .4em; color: var(--soft); font-weight: 400; font-variant-numeric: tabular-nums; }
section { margin-top: 2.6rem; padding-top: 1.4rem; border-top: 1px solid var(--line); }
.count { color: var(--soft); font: 400 1rem/1 system-ui, sans-serif; }
.warn { margin: .8rem 0 0; padding: .7rem 1rem; border-left: 3px solid var(--mark); border-radius: 4px;
  background: var(--warn); max-width: 46rem; }
.grid { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 10rem), 1fr));
  gap: 1.1rem; margin-top: 1.2rem; }
figure { margin: 0; display: flex; flex-direction: column; overflow: hidden; border: 1px solid var(--line);
  border-radius: 8px; background: var(--card); box-shadow: var(--shade); content-visibility: auto;
  contain-intrinsic-size: 11rem 17rem; }
figure img, .none { display: block; width: 100%; aspect-ratio: 1; object-fit: cover; background: var(--line); }
.none { display: grid; place-items: center; color: var(--soft); font-size: .85rem; }
figcaption { padding: .6rem .75rem .75rem; font-size: .85rem; line-height: 1.4; overflow-wrap: anywhere; }
.title { display: -webkit-box; -webkit-line-clamp: 3; -webkit-box-orient: vertical; overflow: hidden;
  font-weight: 600; }
.title a { text-decoration-thickness: 1px; }
.by, .at { display: block; color: var(--soft); }
.at { overflow: hidden; font-size: .78rem; text-overflow: ellipsis; white-space: nowrap; }
.kind { margin: 0 0 .3rem; color: var(--mark); font-size: .8rem; letter-spacing: .12em; text-transform: uppercase; }
"""


def lines(title: str, groups: Sequence["Group"]) -> Iterator[str]:
    """Yield the page's lines; thumbnails are read as they come and stand in the page itself."""
    pictures = [credit for group in groups for credit in group.credits]
    authors = len({credit.author for credit in pictures if credit.author})
    yield '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">'
    yield f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
    yield '<meta name="referrer" content="no-referrer">\n<meta name="robots" content="noindex, noai, noimageai">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<title>{escape(title)}: credits</title>\n<style>{_STYLE}</style>\n</head>\n<body>"
    yield f"<header>\n<p class='kind'>Picture credits</p>\n<h1>{escape(title)}</h1>"
    yield f'<p class="lead">{_many(len(pictures), "picture")}, {_many(authors, "named author")}.</p>'
    yield "<nav aria-label='Licences'><ul>"
    for number, group in enumerate(groups):
        yield f'<li><a href="#l{number}">{escape(group.licence)}<b>{len(group.credits):,}</b></a></li>'
    yield "</ul></nav>\n</header>\n<main>"
    for number, group in enumerate(groups):
        yield f'<section id="l{number}">'
        yield f'<h2>{_link(group.licence, group.link)} <span class="count">{len(group.credits):,}</span></h2>'
        if not group.known:
            yield (
                '<p class="warn">Their sources name no licence: all rights are their authors\u2019 until you know '
                "better. Ask them before you publish these pictures or what was made from them.</p>"
            )
        yield '<div class="grid">'
        for credit in group.credits:
            yield _figure(credit)
        yield "</div>\n</section>"
    yield "</main>\n</body>\n</html>"


def _figure(credit: "Credit") -> str:
    name = escape(credit.title or "Untitled")
    if credit.thumbnail:
        data = base64.b64encode(credit.thumbnail.read_bytes()).decode()
        small = f'<img src="data:image/webp;base64,{data}" alt="{name}" loading="lazy" decoding="async">'
    else:
        small = '<div class="none">can\u2019t be shown</div>'
    by = f"by {escape(credit.author)}" if credit.author else "author unknown"
    at = f'<span class="at">{escape(credit.host)}</span>' if credit.host else ""
    title = _link(credit.title or "Untitled", credit.link)
    told = f'<span class="title">{title}</span><span class="by">{by}</span>{at}'
    return f"<figure>{small}<figcaption>{told}</figcaption></figure>"


def _link(text: str, address: str) -> str:
    if not address:
        return escape(text)
    return f'<a href="{escape(address)}" rel="{_REL}">{escape(text)}</a>'


def _many(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
