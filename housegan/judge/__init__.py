"""Judging what a generator learned: pure functions of picture features, and a sentence."""
