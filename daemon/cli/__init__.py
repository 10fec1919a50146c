"""The boothd command: thin callers of services."""
