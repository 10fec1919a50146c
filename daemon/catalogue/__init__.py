"""Facts that come with the package: which weight files exist, what an ID photo must be.

May import ``daemon.domain``, ``daemon.config`` and ``daemon.errors``. Data files lie beside their
readers; nothing here is fetched, and nothing is read before it is asked for.
"""
