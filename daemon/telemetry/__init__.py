"""What the booth tells about itself: log events, logging set-up, fail points.

May import ``daemon.config``, ``daemon.domain`` and the base. Original file names are personal
data and never logged: job ids and digests are.
"""
