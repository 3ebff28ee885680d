"""Data sets from Kaggle, through its own client, which keeps what it downloads in a cache of its own."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from housegan.errors import HouseganError
from scraping.facts import text
from scraping.intake import Find
from scraping.local import finds_in

PREFIX = "kaggle:"
_HANDLE = re.compile(r"[\w-]{1,100}/[\w.-]{1,100}(/versions/\d{1,6})?", re.ASCII)


def dataset_folder(handle: str) -> Path:
    """Download the data set `owner/name`, or owner/name/versions/3, where it isn't there yet; returns its folder."""
    if not _HANDLE.fullmatch(handle):
        raise HouseganError(f"{handle!r} names no Kaggle data set: give kaggle:owner/name, as in its address.")
    by_hand = f"download the zip from {page_of(handle)} yourself and import that"
    try:
        from kagglehub import dataset_download
    except ImportError:
        raise HouseganError(
            f"Kaggle's data sets need a package more: `pip install 'housegan[kaggle]'`, or {by_hand}."
        ) from None
    download: Callable[[str], str] = dataset_download
    try:
        folder = Path(download(handle))
    except Exception as error:  # the client's own kinds, requests' and the system's
        said = text(str(error), limit=200) or type(error).__name__
        raise HouseganError(
            f"Kaggle did not give {handle} ({said}). Is the network up, and does the data set ask for an account "
            f"(https://www.kaggle.com/settings)? Or {by_hand}."
        ) from None
    if not folder.is_dir():
        raise HouseganError(f"Kaggle's client put {handle} at {folder}, which is no folder: {by_hand}.")
    return folder


def finds_from(handle: str, folder: Path, *, max_file_mb: float) -> Iterator[Find]:
    """Yield what is in a data set's folder, named after the data set wherever the cache lies."""
    for find in finds_in(folder, max_file_mb=max_file_mb):
        name = f"{PREFIX}{handle}/{find.name.partition('/')[2]}"
        story = find.sighting
        yield replace(
            find,
            name=name,
            sighting=replace(
                story,
                media_url=name if story.media_url == find.name else story.media_url,
                page_url=story.page_url or page_of(handle),
            ),
        )


def page_of(handle: str) -> str:
    """The data set's page, for people."""
    return "https://www.kaggle.com/datasets/" + "/".join(handle.split("/")[:2])
