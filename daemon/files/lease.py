"""Asking the kernel whether anyone has a file open for writing.

A read lease is granted only while no descriptor anywhere has the file open for writing, so
asking for one and giving it back at once is an exact test on local disks, also for what our
own Samba exports. Network mounts do not know leases, and without CAP_LEASE only the file's
owner may ask: then the answer is ``UNKNOWN`` and nothing is concluded.
"""

from __future__ import annotations

import errno
import fcntl
import signal

from daemon.domain.readiness import Writer


def writer_of(descriptor: int) -> Writer:
    """Whether someone has the file open for writing.

    Args:
        descriptor: The file, opened read-only.
    """
    try:
        # Should someone open the file for writing in the microseconds in which we hold the
        # lease, the kernel signals us. By default that is SIGIO, which would end the process;
        # SIGURG is ignored unless someone wants it.
        fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    except OSError as error:
        # EAGAIN: open for writing somewhere, or under someone else's write lease.
        # EACCES: not ours. EINVAL and others: the filesystem has no leases.
        return Writer.HELD if error.errno == errno.EAGAIN else Writer.UNKNOWN
    fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    return Writer.FREE
