"""`housegan curate --report`: what curation did and what it is unsure of, as one page that loads nothing."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from curation.looks import Look
from curation.report import small
from curation.report.assembly import report_of
from curation.report.page import page
from curation.report.parts import Report
from housegan.catalog import Catalog, Sha256
from housegan.config import SetConfig
from housegan.files import write_whole
from housegan.progress import Progress

__all__ = ["Report", "page", "report_of", "write_report"]


def write_report(catalog: Catalog, config: SetConfig, looks: Mapping[Sha256, Look] | None = None) -> Path:
    """Write `report.html` into the set's folder, after the steps have recorded their decisions."""
    report = report_of(catalog, config, looks, when=datetime.now().astimezone())
    wanted = small.wanted(report, catalog)
    again = "Stopped; the report is not written. To make it, run the same command again."
    with Progress(
        f"pictures for the report of {report.name}", total=len(wanted), unit="pictures", if_stopped=again
    ) as progress:
        made = dict(progress.counted(small.made(wanted, config.intake)))
    path = catalog.folder / "report.html"
    write_whole(path, page(report, made).encode())
    return path
