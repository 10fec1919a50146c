"""Privacy masking, the part without pixels: what on a read page must be covered, and why.

Lives here: the page as a reader hands it over, normalised text with its way back to the glyphs,
entity types with their check digits, joining of what was split, profiles, and what is still left
on a page that was read again. Pure and standard library only, like all of the domain; the types
come in as frozen values which ``daemon.catalogue.privacy`` reads from the package's data. Must
never open a file, and never let a value that it found into a ``repr``, a log or an error.
"""
