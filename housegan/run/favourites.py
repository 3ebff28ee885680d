"""Favourites: generators that a person marked, in `notes.jsonl`; the last one is what `--at favourite` means."""

from dataclasses import dataclass

from housegan.run.folder import Run
from housegan.run.lines import append_line

_KIND = "favourite"


@dataclass(frozen=True, slots=True)
class Favourite:
    """A mark."""

    images: int
    """Images shown when the generator was kept."""
    name: str
    """What the person calls it; may be empty."""


def favourites(run: Run) -> list[Favourite]:
    """All marks, the earliest first; notes that are no marks of ours are passed over."""
    return [
        Favourite(note["images"], str(note.get("name", "")))
        for note in run.notes()
        if note.get("kind") == _KIND and isinstance(note.get("images"), int)
    ]


def mark(run: Run, favourite: Favourite) -> None:
    """Append a mark: from now on `--at favourite` means it, and its generator is never let go for room."""
    append_line(run.path / "notes.jsonl", {"kind": _KIND, "images": favourite.images, "name": favourite.name})
