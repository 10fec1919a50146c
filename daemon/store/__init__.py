"""The database: every SQL statement of the booth is here.

``uow.Database`` opens it, a unit of work is one transaction, and the repositories on it take
plain values and return domain objects. ``schema`` builds and upgrades, ``backup`` copies and
checks. May import ``daemon.files``, ``daemon.telemetry``, ``daemon.config``, ``daemon.domain``
and the base; nothing else may import sqlalchemy. Must never touch a share, wait for anything but
the database, or know a service.
"""
