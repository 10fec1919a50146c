"""The booth's use cases, one file each; only services open a unit of work.

May import ``daemon.store``, ``daemon.files``, ``daemon.protocol`` and below; never a thread, a
child process or an array. No transaction is open while a share or a picture is touched.
"""
