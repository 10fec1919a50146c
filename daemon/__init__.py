"""boothd: a photo booth for a file server (see docs/architecture.md).

Two towers on one base. The control tower (``runtime``, ``services``, ``store``, ``files``)
knows files, rows and time and never loads an array library. The pixel tower (``worker``,
``routes``, ``engines``, ``imaging``) knows arrays and never sees the database or the network.
They meet in ``protocol``.
"""

__version__ = "0.1.0"
