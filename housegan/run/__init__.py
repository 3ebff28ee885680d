"""The run folder: everything that a run produced, and how it is found again."""
