"""``python -m admin --config FILE``: serve the panel on this machine."""

from __future__ import annotations

import os
import signal
import socket
import sys
from pathlib import Path
from types import FrameType

import click

from admin import PanelServices, create_app, serving
from admin.security import check_host
from admin.services import ApiServices
from daemon.bootstrap import panel_parts
from daemon.config.load import find_file, load_config
from daemon.config.model import Config, Panel
from daemon.config.origins import Origins
from daemon.errors import BoothError
from daemon.services.accounts import Accounts
from daemon.telemetry import events, logging


@click.command()
@click.option(
    "--config",
    "config_path",
    type=click.Path(path_type=Path),
    help="Configuration file; default $BOOTHD_CONFIG, else ./boothd.yaml.",
)
def main(config_path: Path | None) -> None:
    """Serve the admin panel until it is told to stop."""
    try:
        path = find_file(config_path, os.environ)
        config = load_config(path, os.environ)
        check_host(config.panel, has_account=bool(Accounts(config.layout.accounts).all()))
        serve(config, path)
    except BoothError as error:
        click.echo(str(error), err=True)
        sys.exit(error.exit_status)
    except OSError as error:
        panel = f"{config.panel.host}:{config.panel.port}"
        click.echo(f"panel: cannot listen on {panel}: {error.strerror}", err=True)
        sys.exit(1)


def serve(config: Config, path: Path) -> None:
    """Answer requests until SIGTERM or SIGINT; requests in hand are finished.

    Args:
        config: The settings.
        path: The file they came from, for the doctor and to say what set them.

    Raises:
        OSError: The port is taken.
    """
    logging.configure(config.logging)
    with _listener(config.panel) as listener, panel_parts(config, config_path=path) as parts:
        services = PanelServices(
            parts.health.checks,
            parts.overview,
            parts.desk,
            api=ApiServices.of(parts),
            pages=parts.pages,
            origins=Origins(path, os.environ),
        )
        server = serving.serve(create_app(config, services), config, listener)
        # Both: a shell that starts us in the background has SIGINT ignored.
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, _leave)
        logging.get_logger("panel").info(
            events.PANEL_STARTED, host=config.panel.host, port=config.panel.port
        )
        try:
            server.run()  # waitress takes SystemExit for the wish to stop
        finally:
            server.close()


def _listener(panel: Panel) -> socket.socket:
    # Waitress would leave its own socket behind where the port is taken.
    family = socket.AF_INET6 if ":" in panel.host else socket.AF_INET
    return socket.create_server((panel.host, panel.port), family=family)


def _leave(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)


if __name__ == "__main__":
    main()
