"""The only way out to the network: which addresses may be reached, one guarded POST, signatures.

May import ``daemon.files``, ``daemon.telemetry``, ``daemon.config``, ``daemon.domain`` and the
base. Must never know a job, a row or a service, follow a redirect, or read a proxy from the
environment.
"""
