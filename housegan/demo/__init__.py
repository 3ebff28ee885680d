"""Pictures that need no network: houses painted from a seed."""
