"""The only way out to the network: which addresses may be reached, one guarded POST, signatures.

And the fetching of weight files, which nothing but a person's command asks for.
May import ``daemon.files``, ``daemon.telemetry``, ``daemon.config``, ``daemon.domain`` and the
base. Must never know a job, a row or a service, or read a proxy from the environment; a POST
follows no redirect.
"""
