"""RapidOCR's networks: the embedded engine that reads text in any direction.

The three network files come with the package ``rapidocr``, of which no code runs: its own
character boxes are wrong on turned and mixed lines, and it hides what the recogniser says of each
column. ``finding`` finds strips of text, ``strip`` cuts them out upright, ``recognition`` reads
them, ``cutting`` says where each glyph stands, ``adapter`` puts a page together.
May import ``daemon.engines.base``, ``daemon.imaging`` and below; never another engine. Must never
let a text it read into a ``repr``, a log or an error.
"""
