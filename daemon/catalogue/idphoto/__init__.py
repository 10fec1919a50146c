"""The figures of ID photos: presets, papers, colours, gradients, and the words of instructions.

Lives here: three data files and their reader. The reader is strict: a key nobody knows, a key
that is missing or a reference to nothing is an error, so that no figure is carried unread. May be
imported from protocol height upwards; imports ``daemon.domain`` and PyYAML, nothing else.
"""

from __future__ import annotations

from daemon.catalogue.idphoto.load import Example, book, examples

__all__ = ["Example", "book", "examples"]
