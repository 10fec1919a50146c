"""Which weight files exist, their digests and licences."""
