"""The one local server, on which pages are mounted: it serves this machine's person and nobody else."""
