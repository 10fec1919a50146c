"""Where the routes' options models are; the panel asks for them too, so they lie lower down."""

from __future__ import annotations

from daemon.config.option_models import model_in, options_of

__all__ = ["model_in", "options_of"]
