"""Pictures as arrays: decode, encode, colour, geometry, alignment, masks, pasting.

House default, unless a docstring says otherwise: ``(H, W, 3)`` uint8 sRGB in RGB order,
x right, y down, origin top left, pixel centres at .5. May import ``daemon.domain``,
``daemon.errors``, ``daemon.telemetry``; never a database, a network or a share.
"""
