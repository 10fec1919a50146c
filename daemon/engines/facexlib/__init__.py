"""Detection, parsing, matting and identity with the networks of ``facexlib`` and our weights.

Only the files that define a network are run, under a name of their own (``networks``): facexlib's
own import would bring its GPL-3.0 tracker along, and its loaders would download. May import
``daemon.engines.base`` and what lies beside it, ``daemon.imaging`` and below; never another engine.
"""
