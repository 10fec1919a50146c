"""What the booth can do with a photo: one folder per route.

A route validates its options, plans steps, runs them on engines and measures what came out.
May import ``daemon.engines``, ``daemon.imaging`` and below; routes never import each other.
"""
