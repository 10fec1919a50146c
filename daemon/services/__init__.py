"""One file per use case; only services open a unit of work."""
