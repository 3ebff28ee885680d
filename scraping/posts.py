"""A post of reddit's, as its API tells it, to the pictures in it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any

from housegan.catalog import Sighting
from housegan.config import RedditConfig
from scraping.facts import array, host_and_path, instant, mapping, number, pixels, text, web_address
from scraping.source import Media, Skip

SITE = "https://www.reddit.com"
_PICTURES = {".jpg", ".jpeg", ".png", ".webp", ".gif"}
_VIDEOS = {".gifv", ".mp4", ".webm", ".mov", ".m4v"}
_PICTURE_HOSTS = {"i.redd.it", "i.reddituploads.com", "i.imgur.com"}
_VIDEO_HOSTS = {
    "v.redd.it", "youtube.com", "youtu.be", "vimeo.com", "streamable.com", "gfycat.com", "redgifs.com", "tiktok.com",
}  # fmt: skip
_ORIGINALS = {"image/jpg": "jpg", "image/jpeg": "jpg", "image/png": "png", "image/webp": "webp", "image/gif": "gif"}
_FULLNAME = re.compile(r"t3_[0-9a-z]{1,20}")
_IMGUR_PAGE = re.compile(r"/(?:(gallery|a)/|t/\w+/)?(?:[\w-]*-)?([A-Za-z0-9]{5,10})/?")
_MEDIA_ID = re.compile(r"[A-Za-z0-9]{5,40}")


def fullname(post: Mapping[str, Any]) -> str:
    """What identifies a post, as in t3_1skh6dk; empty for anything else."""
    name = post.get("name")
    return name if isinstance(name, str) and _FULLNAME.fullmatch(name) else ""


def origin(post: Mapping[str, Any]) -> Mapping[str, Any]:
    """The post itself, or the one that it is a crosspost of."""
    parents = [mapping(parent) for parent in array(post.get("crosspost_parent_list"))]
    return next((parent for parent in parents if fullname(parent)), post)


def objection(post: Mapping[str, Any], config: RedditConfig) -> str:
    """Say why the config passes a post over; empty where it doesn't. A crosspost is judged with what it shows."""
    shown = origin(post)
    if any(each.get("over_18") for each in (post, shown)) and not config.nsfw:
        return "nsfw"
    if any(each.get("spoiler") for each in (post, shown)) and not config.spoilers:
        return "spoiler"
    if post.get("stickied") and not config.stickies:
        return "sticky"
    if any(each.get("removed_by_category") for each in (post, shown)):
        return "deleted"
    score = number(shown.get("score"))
    if score is not None and score < config.min_score:
        return "low score"
    return ""


def pictures(post: Mapping[str, Any], *, link_previews: bool) -> Iterator[Media | Skip]:
    """Yield a post's pictures, a gallery's in their order, or why there are none."""
    sighting = _sighting(post)
    link = web_address(post.get("url_overridden_by_dest")) or web_address(post.get("url"))
    host, path = host_and_path(link)
    if host in _PICTURE_HOSTS:
        link = f"https:{link.partition(':')[2]}"
    if post.get("is_gallery") or "gallery_data" in post or (host == "reddit.com" and path.startswith("/gallery/")):
        yield from _gallery(post, sighting)
    elif post.get("is_self"):
        yield Skip("text")
    elif _is_video(post, host, path):
        yield Skip("video")
    else:
        yield _single(post, sighting, link, link_previews=link_previews)


def _single(post: Mapping[str, Any], sighting: Sighting, link: str, *, link_previews: bool) -> Media | Skip:
    host, path = host_and_path(link)
    preview = _preview(post)
    if host == "imgur.com":
        candidates = [*_imgur(path), preview]
    elif _suffix(path) in _PICTURES or host in _PICTURE_HOSTS or post.get("post_hint") == "image":
        candidates = [link, preview]
    elif not preview:
        return Skip("link to a page" if link else "no picture")
    elif not link_previews:
        return Skip("link to a page, preview not wanted")
    else:
        candidates = [preview]
    urls = tuple(dict.fromkeys(url for url in candidates if url))
    return Media(urls, replace(sighting, media_url=urls[0])) if urls else Skip("no picture")


def _gallery(post: Mapping[str, Any], sighting: Sighting) -> Iterator[Media | Skip]:
    items = array(mapping(post.get("gallery_data")).get("items"))
    if not items:
        yield Skip("deleted")
    facts = mapping(post.get("media_metadata"))
    given = set()
    for item in map(mapping, items):
        media_id = item.get("media_id")
        fact = mapping(facts.get(media_id)) if isinstance(media_id, str) else {}
        if item.get("is_deleted") or not fact:
            yield Skip("deleted")
        elif fact.get("status") != "valid":
            yield Skip("not valid in its gallery")
        elif urls := _gallery_urls(fact):
            if urls[0] not in given:
                given.add(urls[0])
                yield Media(urls, replace(sighting, media_url=urls[0]))
        else:
            yield Skip("no address" if fact.get("e") == "Image" else "video")


def _gallery_urls(fact: Mapping[str, Any]) -> tuple[str, ...]:
    """The address of a gallery's picture, then of the file that was uploaded, which a preview is made from."""
    source = mapping(fact.get("s"))
    shown = web_address(source.get("u")) or web_address(source.get("gif"))
    kind, media_id = fact.get("m"), fact.get("id")
    suffix = _ORIGINALS.get(kind) if isinstance(kind, str) else None
    named = suffix and isinstance(media_id, str) and _MEDIA_ID.fullmatch(media_id)
    if named and host_and_path(shown)[0] == "preview.redd.it":
        return shown, f"https://i.redd.it/{media_id}.{suffix}"
    return (shown,) if shown else ()


def _imgur(path: str) -> list[str]:
    """Where the picture of an imgur page should be; imgur sends any format under .jpg. Nothing for an album."""
    if _suffix(path) in _PICTURES:
        return [f"https://i.imgur.com{path}"]
    page = _IMGUR_PAGE.fullmatch(path)
    return [] if page is None or page[1] == "a" else [f"https://i.imgur.com/{page[2]}.jpg"]


def _preview(post: Mapping[str, Any]) -> str:
    images = array(mapping(post.get("preview")).get("images"))
    source = mapping(mapping(images[0]).get("source")) if images else {}
    return web_address(source.get("url")) if pixels(source.get("width")) else ""


def _is_video(post: Mapping[str, Any], host: str, path: str) -> bool:
    hint = post.get("post_hint")
    return bool(
        post.get("is_video")
        or (isinstance(hint, str) and hint.endswith("video"))
        or host in _VIDEO_HOSTS
        or _suffix(path) in _VIDEOS
    )


def _suffix(path: str) -> str:
    return PurePosixPath(path).suffix.lower()


def _sighting(post: Mapping[str, Any]) -> Sighting:
    """What is known of a post; its licence isn't: reddit's rules give no right to a stranger's picture."""
    author = text(post.get("author"), limit=50)
    permalink = text(post.get("permalink"))
    return Sighting(
        "reddit",
        "",
        post=fullname(post),
        page_url=web_address(f"{SITE}{permalink}") if permalink.startswith("/") else "",
        title=text(post.get("title")),
        author=f"u/{author}" if author and author != "[deleted]" else "",
        score=number(post.get("score")),
        created=instant(post.get("created_utc")),
    )
