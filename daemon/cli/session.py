"""What every command needs: where the configuration is, and somewhere to speak."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from daemon.cli.console import Console
from daemon.domain.language import language_of
from daemon.errors import ConfigError

if TYPE_CHECKING:
    from daemon.config.load import Examination
    from daemon.config.model import Config


class Session:
    """One call of the command line.

    Args:
        environ: The environment; read here and nowhere deeper.
        config_file: As chosen with ``--config``.
    """

    def __init__(self, environ: Mapping[str, str], config_file: Path | None = None) -> None:
        self.environ = environ
        self.config_file = config_file
        self.console = Console(language_of(environ))

    @functools.cached_property
    def examination(self) -> Examination:
        """The configuration with whatever is wrong with it."""
        from daemon.cli.route_options import options_of  # noqa: PLC0415 - as below
        from daemon.config.load import examine  # noqa: PLC0415 - help answers without pydantic

        examination = examine(self.path, self.environ, options_of)
        self.console.language = examination.language
        return examination

    @property
    def path(self) -> Path:
        """The configuration file: as chosen, ``$BOOTHD_CONFIG``, or ``./boothd.yaml``."""
        from daemon.config.load import find_file  # noqa: PLC0415 - as above

        return find_file(self.config_file, self.environ)

    @property
    def config(self) -> Config:
        """The settings.

        Raises:
            daemon.errors.ConfigError: With every mistake.
        """
        found = self.examination
        if found.problems or found.config is None:
            raise ConfigError(list(found.problems))
        return found.config

    @property
    def spoken(self) -> Config:
        """The settings for a command at a terminal: what a file leaves open, the locale says.

        The daemon must not use these: photos get their reasons in the booth's language,
        whoever's terminal it was started from.
        """
        return self.config.model_copy(update={"language": self.console.language})

    @property
    def has_config(self) -> bool:
        """Whether a configuration was named, or lies where one is looked for."""
        return self.config_file is not None or self.path.exists()


pass_session = click.make_pass_decorator(Session)

json_option = click.option("--json", "as_json", is_flag=True)
