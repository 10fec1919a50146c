"""Everybody who may be told something: the sections of webhooks, and where callbacks go."""

from __future__ import annotations

from daemon.config.model import Config
from daemon.config.webhook import Webhook


def receivers(config: Config) -> tuple[Webhook, ...]:
    """Every receiver, webhooks first, each under a label of its own."""
    return (*config.webhooks, *config.api.callback_receivers)
