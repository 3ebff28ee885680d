"""From the catalog to decisions and the curated set."""
