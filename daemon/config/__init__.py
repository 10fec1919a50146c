"""The booth's settings: frozen models, one file plus environment, every mistake at once.

May import ``daemon.domain`` and ``daemon.errors``. Sections mirror the packages that use
them; parts are handed their section, nothing fetches configuration by itself.
"""
