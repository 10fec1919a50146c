"""The pixel tower's process."""
