"""What `evaluate` found, as a table for people and as values for programs."""

from collections.abc import Sequence
from dataclasses import dataclass

from housegan.judge.evaluation import Findings
from housegan.judge.labels import Label, in_common

SHOWN_LABELS = 5


@dataclass(frozen=True, slots=True)
class Report:
    """One generator beside one set."""

    generator: str
    images: int
    """Shown to it when it was kept."""
    compared: str
    """What it was compared with, in words."""
    network: str
    """Version of the network that described the pictures."""
    findings: Findings
    labels: tuple[Sequence[Label], Sequence[Label]] | None = None
    """Of generated and of real pictures; None where another network described them."""
    fid: float | None = None

    def values(self) -> dict[str, object]:
        """All of it, for JSON."""
        found: dict[str, object] = {
            "generator": self.generator, "images": self.images, "compared": self.compared, "network": self.network,
            **self.findings.facts(),
        }  # fmt: skip
        if self.labels:
            generated, real = self.labels
            shared = in_common(generated, real)
            found["labels"] = {"generated": dict(generated), "real": dict(real), "in_common": shared}
        return found if self.fid is None else found | {"fid": self.fid}

    def lines(self) -> list[str]:
        """A table: the generator's figures beside those of one half of the real pictures against the other."""
        generated, real = self.findings.neighbours
        kid, kid_of_real = self.findings.kid, self.findings.kid_of_real
        rows = [
            ("", "generated", "real"),
            ("KID", f"{kid.value:.2f} ± {kid.error:.2f}", f"{kid_of_real.value:.2f} ± {kid_of_real.error:.2f}"),
            *(
                (name, f"{theirs:.2f}", f"{own:.2f}")
                for (name, theirs), own in zip(generated._asdict().items(), real, strict=True)
            ),
        ]
        if self.fid is not None:
            rows.append(("FID (Inception)", f"{self.fid:.1f}", ""))
        lines = [f"{name:<16}{theirs:>14}{own:>14}".rstrip() for name, theirs, own in rows]
        lines.append(self.findings.copying.sentence)
        if self.labels:
            kinds = zip(("generated", "real"), self.labels, strict=True)
            lines += [f"ImageNet takes the {kind} for {_common(labels)}" for kind, labels in kinds]
            lines.append(f"in common: {in_common(*self.labels):.0%}")
        return lines


def _common(labels: Sequence[Label]) -> str:
    return ", ".join(f"{label.name} {label.share:.0%}" for label in labels[:SHOWN_LABELS])
