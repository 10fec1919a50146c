"""``python -m daemon.worker --config-json JSON``: one worker process, child of the daemon.

Standard input carries orders, standard output answers (``daemon.protocol``), standard error
the log. Exit statuses are named in ``daemon.protocol``.
"""

from __future__ import annotations

import argparse
import os
import sys
from typing import NoReturn

from daemon.config.boot import WorkerBoot
from daemon.errors import BoothError
from daemon.protocol import EXIT_BOOT_FAILED, Hello
from daemon.telemetry import failpoints, logging
from daemon.worker import device, process
from daemon.worker.channel import Channel
from daemon.worker.loop import WorkerLoop


def main(arguments: list[str]) -> int:
    """Start, work, and return the exit status."""
    channel = Channel.take_over()
    try:
        loop = _started(arguments, channel)
    except (BoothError, ValueError, ImportError, OSError) as error:
        # The parent shows the last line of a worker that could not start.
        print(f"worker cannot start: {type(error).__name__}: {error}", file=sys.stderr)  # noqa: T201
        return EXIT_BOOT_FAILED
    return loop.serve()


def _started(arguments: list[str], channel: Channel) -> WorkerLoop:
    parser = argparse.ArgumentParser(prog="python -m daemon.worker")
    parser.add_argument("--config-json", required=True, help="settings, as the daemon writes them")
    boot = WorkerBoot.model_validate_json(parser.parse_args(arguments).config_json)
    process.die_with(boot.parent_pid)
    process.go_first_when_memory_ends()
    logging.configure(boot.logging)
    failpoints.arm(allowed=boot.failpoints, in_worker=True)
    device.limit_threads(boot.engines.threads)
    chosen = device.choose_device(boot.engines)
    hello = Hello(os.getpid(), chosen, device.installed_engines(chosen))
    loop = WorkerLoop(boot, channel, hello)
    process.on_terminate(loop.stop)
    return loop


def run() -> NoReturn:
    """The process's entry; never returns.

    Native libraries may crash while the interpreter takes itself apart, after every result has
    been sent; so the process ends without that.
    """
    status = main(sys.argv[1:])
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


if __name__ == "__main__":
    run()
