"""The pixel tower's process: reads photos from local staging, runs plans, writes outputs.

Started by command (``python -m daemon.worker``) as a child of the control tower, with which it
shares nothing but ``daemon.protocol`` and the staging folder. May import ``daemon.routes``,
``daemon.engines``, ``daemon.imaging`` and below; array libraries only when the first photo
needs them. Must never see a row, a share or the network.
"""
