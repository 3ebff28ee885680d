"""Remove pictures for good: bytes, rows, packs, thumbnails; and name the runs that have learned from them.

What is to go is written down first, so that a purge that was killed is finished by the next one.
"""

import json
import shutil
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from housegan.catalog import Catalog, Sha256
from housegan.catalog.frontier import LOCK
from housegan.catalog.rights import Chosen, forget, sweep
from housegan.curated import CuratedSet, all_packs, withdraw
from housegan.errors import HouseganError
from housegan.files import alone, write_whole
from housegan.run.folder import Run, all_runs
from housegan.thumbnails import kept_at


@dataclass(frozen=True, slots=True)
class Plan:
    """What goes, and who is to know of it."""

    chosen: Chosen
    packs: tuple[str, ...]
    runs: tuple[str, ...]
    """Runs that were trained on those packs."""
    unsure: tuple[str, ...]
    """Runs of which that can't be told: their config or their pack can't be read any more."""


def planned(catalog: Catalog, chosen: Chosen) -> Plan:
    """Find the packs that hold what is chosen, and the runs that were trained on those; changes nothing."""
    name, digests = catalog.folder.name, {sha256 for sha256, _ in chosen.pictures}
    if not digests:
        return Plan(chosen, (), (), ())
    packs = all_packs(name)
    holding = {pack.folder.name for pack in packs if _holds(pack, digests)}
    known = {pack.folder.name for pack in packs}
    trained: list[str] = []
    unsure: list[str] = []
    for run in all_runs():
        used = _packs_used(run, name)
        if used is None or not used <= known:
            unsure.append(run.name)
        elif used & holding:
            trained.append(run.name)
    return Plan(chosen, tuple(sorted(holding)), tuple(trained), tuple(unsure))


def carry_out(catalog: Catalog, plan: Plan) -> None:
    """Remove what is planned: packs and thumbnails first, bytes then, rows last; and leave no trace in the file."""
    journal = _journal(catalog)
    write_whole(journal, json.dumps(_as_values(plan)).encode())
    withdraw(catalog.folder.name, plan.packs)
    if plan.chosen.pictures and (credits_page := catalog.folder / "credits").is_dir():
        shutil.rmtree(credits_page)
    for sha256, format_name in plan.chosen.pictures:
        original = catalog.original(sha256, format_name)
        small = kept_at(catalog.folder, sha256)
        for file in (original, small):  # in this order: a review that runs makes no thumbnail without an original
            for path in [file, *file.parent.glob(f".{file.name}.*")]:  # those that a killed command left too
                path.unlink(missing_ok=True)
    forget(catalog, plan.chosen)
    sweep(catalog)
    journal.unlink()


def unfinished(catalog: Catalog) -> Plan | None:
    """The purge that was interrupted; None where none was."""
    try:
        values = json.loads(_journal(catalog).read_text())
    except FileNotFoundError:
        return None
    pictures = tuple((Sha256(sha256), format_name) for sha256, format_name in values["pictures"])
    chosen = Chosen(pictures, tuple(values["addresses"]))
    return Plan(chosen, tuple(values["packs"]), tuple(values["runs"]), tuple(values["unsure"]))


def scraping_kept_out(folder: Path) -> AbstractContextManager[None]:
    """Keep scraping out meanwhile: it might just be fetching what is to go."""
    taken = f"{folder} is being scraped or purged by another command: wait for it, or end it."
    return alone(folder / LOCK, if_taken=taken)


def _as_values(plan: Plan) -> dict[str, object]:
    chosen = plan.chosen
    return {
        "pictures": chosen.pictures, "addresses": chosen.addresses,
        "packs": plan.packs, "runs": plan.runs, "unsure": plan.unsure,
    }  # fmt: skip


def _journal(catalog: Catalog) -> Path:
    return catalog.folder / "purge.json"


def _holds(pack: CuratedSet, digests: set[Sha256]) -> bool:
    """Whether a pack holds one of the pictures; one that can't be read may, and is of no use."""
    try:
        return any(row.sha256 in digests for row in pack.rows())
    except HouseganError:
        return True


def _packs_used(run: Run, name: str) -> set[str] | None:
    try:
        config = run.config()
    except (HouseganError, OSError):
        return None
    return {used.pack for used in (config.pretrain, config.finetune) if used and used.name == name}
