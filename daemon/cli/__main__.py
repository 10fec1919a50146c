"""``python -m daemon.cli``: the boothd command where it is not on the path."""

from __future__ import annotations

from daemon.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
