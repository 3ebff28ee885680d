"""A run folder taken back to a state that is resumed."""

from housegan.run.folder import Run
from housegan.run.lines import forget_after
from housegan.run.snapshots import snapshots


def forget_later(run: Run, images: int) -> None:
    """Drop what a killed process wrote after the checkpoint that is resumed, or half wrote: it is written again."""
    for path in list(run.path.rglob(".*.[0-9]*")):
        if path.relative_to(run.path).parts[0] != "out":  # where other commands may be writing now
            path.unlink()
    for name in ("metrics.jsonl", "timing.jsonl"):
        forget_after(run.path / name, images)
    for path in [*(snapshot.path for snapshot in snapshots(run)), *run.grids()]:
        if int(path.stem) > images:
            path.unlink()
