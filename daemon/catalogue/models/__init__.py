"""The catalogue of weight files: sources, sizes, sums, licences.

Lives here: one data file and its reader. The reader is strict: a key nobody knows, a name that
leads out of the store or a licence that is not there is an error. May be imported from protocol
height upwards; imports ``daemon.domain`` and the catalogue's reading of records, nothing else.
Nothing here is fetched.
"""

from __future__ import annotations

from daemon.catalogue.models.load import model_book, read_book

__all__ = ["model_book", "read_book"]
