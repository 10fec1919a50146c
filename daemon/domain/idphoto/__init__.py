"""ID photos, the part without pixels: presets, instructions, policy, print sheets, names.

Pure and standard library only, like all of the domain: the figures come in as frozen values which
``daemon.catalogue.idphoto`` reads from the package's data. May import ``daemon.domain`` and
``daemon.errors``; must never open a file, and never carry out what a text says.
"""
