"""What people marked."""

from pathlib import Path

from housegan.config import ModelConfig
from housegan.networks import Generator
from housegan.run.favourites import Favourite, favourites, mark
from housegan.run.folder import Run
from housegan.run.lines import append_line
from housegan.run.snapshots import Moment, save_snapshot, snapshot_at, snapshots, thin


def test_the_last_mark_counts_every_mark_is_kept_and_strange_notes_are_passed_over(tmp_path: Path) -> None:
    run = Run(tmp_path)
    for images in range(100, 900, 100):
        generator = Generator(ModelConfig(size=32, generator_channels=4))
        save_snapshot(run, generator, Moment(stage="finetune", images=images, epoch=1))
    mark(run, Favourite(300, "blue"))
    mark(run, Favourite(600, ""))
    append_line(run.path / "notes.jsonl", {"kind": "favourite", "images": "many"})
    append_line(run.path / "notes.jsonl", {"kind": "lowered", "images": 1})
    assert favourites(run) == [Favourite(300, "blue"), Favourite(600, "")]
    assert snapshot_at(run, "favourite").images == 600
    thin(run, disk_mb=0.001)
    left = {snapshot.images for snapshot in snapshots(run)}
    assert {300, 600} < left
    assert len(left) < 8
