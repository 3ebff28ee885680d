"""The report as HTML: no scripts, nothing loaded from anywhere, every stranger's word escaped."""

from collections.abc import Mapping
from math import floor
from pathlib import Path

from curation.report.charts import by_colour, mosaic
from curation.report.parts import Report, Square
from curation.report.small import Small
from housegan.catalog import Sha256
from housegan.web.pages import environment, webp_address


def page(report: Report, pictures: Mapping[Sha256, Small]) -> str:
    """Render the page; a picture that isn't among `pictures` is said to be one that can't be shown."""
    pages = environment(Path(__file__).parent)
    pages.filters |= {"percent": _percent, "two": _two}
    template = pages.get_template("page.html.j2")
    nothing = Small()
    colours = {sha256: colour for sha256, one in pictures.items() if (colour := one.colour)}
    return template.render(
        report=report,
        steps=_steps(report),
        whole=lambda shown: webp_address(pictures.get(shown.picture.sha256, nothing).whole),
        square=lambda shown: webp_address(pictures.get(shown.picture.sha256, nothing).square),
        sheet=_sheet(report, by_colour(colours)),
        mosaic=mosaic(list(colours.values())),
    )


def _steps(report: Report) -> list[tuple[str, int, float, float, str]]:
    """Lay out the funnel: name, count, where its bar begins and how long it is, what kind of step it is."""
    left = report.found
    steps = [("found", report.found, 0.0, 1.0, "found")]
    whole = max(report.found, 1)
    for reason in report.reasons:
        left -= reason.count
        steps.append((reason.kind, reason.count, left / whole, reason.count / whole, "gone"))
    return [*steps, ("kept", report.kept, 0.0, report.kept / whole, "kept")]


def _sheet(report: Report, places: Mapping[Sha256, int]) -> list[Square]:
    """Sort the crops that nobody doubts by colour, so that what looks alike stands close."""
    return sorted(report.sure, key=lambda one: places.get(one.shown.picture.sha256, -1))


def _percent(share: float) -> str:
    """A CSS length."""
    return f"{100 * share:.3f}".rstrip("0").rstrip(".") + "%"


def _two(confidence: float) -> str:
    """Two digits, cut: what lies under a threshold must not be rounded up to it."""
    return f"{floor(round(100 * confidence, 6)) / 100:.2f}"
