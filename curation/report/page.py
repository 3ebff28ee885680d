"""The report as HTML: no scripts, nothing loaded from anywhere, every stranger's word escaped."""

import base64
from collections.abc import Mapping
from math import floor
from pathlib import Path

from jinja2 import Environment, StrictUndefined

from curation.report.charts import by_colour, mosaic
from curation.report.parts import Report, Square
from curation.report.small import Small
from housegan.catalog import Sha256


def page(report: Report, pictures: Mapping[Sha256, Small]) -> str:
    """Render the page; a picture that isn't among `pictures` is said to be one that can't be shown."""
    # Strangers' titles and authors: whatever isn't marked as safe is escaped, and nothing is.
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters |= {"number": _number, "many": _many, "plain": _plain, "percent": _percent, "two": _two}
    template = environment.from_string(Path(__file__).with_name("page.html.j2").read_text(encoding="utf-8"))
    nothing = Small()
    colours = {sha256: colour for sha256, one in pictures.items() if (colour := one.colour)}
    return template.render(
        report=report,
        steps=_steps(report),
        whole=lambda shown: _source(pictures.get(shown.picture.sha256, nothing).whole),
        square=lambda shown: _source(pictures.get(shown.picture.sha256, nothing).square),
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


def _source(webp: bytes) -> str:
    return f"data:image/webp;base64,{base64.b64encode(webp).decode()}" if webp else ""


def _number(count: int) -> str:
    return f"{count:,}"


def _many(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _percent(share: float) -> str:
    """A CSS length."""
    return f"{100 * share:.3f}".rstrip("0").rstrip(".") + "%"


def _two(confidence: float) -> str:
    """Two digits, cut: what lies under a threshold must not be rounded up to it."""
    return f"{floor(round(100 * confidence, 6)) / 100:.2f}"


def _plain(text: str) -> str:
    """One line without signs that turn what follows around."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
