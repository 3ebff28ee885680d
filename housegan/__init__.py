"""From a search term to a trained generator and a short film."""

__version__ = "0.1.0"
