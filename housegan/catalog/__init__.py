"""The catalog of one set: facts about each picture, where it was seen, and every opinion about it.

`data/NAME/catalog.sqlite` and `data/NAME/originals/ab/ab34….jpg`, the bytes as they came. Opinions are appended, never
changed; what is kept is a view over them.
"""

from housegan.catalog.rows import NO_CROP, By, Crop, Decision, Pair, Picture, Resolved, Sha256, Sighting, Verdict
from housegan.catalog.store import MAX_ROWS_A_COMMIT, Catalog

__all__ = [
    "MAX_ROWS_A_COMMIT",
    "NO_CROP",
    "By",
    "Catalog",
    "Crop",
    "Decision",
    "Pair",
    "Picture",
    "Resolved",
    "Sha256",
    "Sighting",
    "Verdict",
]
