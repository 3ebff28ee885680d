"""Hugging Face's ImageFolder: `load_dataset("imagefolder", data_dir=PATH)` reads it, columns and splits included."""

import json
from collections.abc import Iterable
from pathlib import Path

from curation.exports.samples import Sample, facts


def write(to: Path, name: str, samples: Iterable[Sample]) -> None:
    """Write a folder: `train/` and `test/`, each with PNGs and a metadata.jsonl."""
    tables: dict[str, list[str]] = {}
    for sample in samples:
        folder = to / sample.split
        folder.mkdir(parents=True, exist_ok=True)
        file_name = f"{sample.number:08d}.png"
        (folder / file_name).write_bytes(sample.png)
        tables.setdefault(sample.split, []).append(json.dumps({"file_name": file_name, **facts(sample.row)}))
    for split, lines in tables.items():
        (to / split / "metadata.jsonl").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
