"""The live page: how a run stands, as it goes, and what a person wishes of it."""
