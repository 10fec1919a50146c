"""From options to what the domain finds by."""

from __future__ import annotations

from daemon.catalogue.privacy.load import book
from daemon.catalogue.privacy.policies import policy_of
from daemon.domain.privacy.find import Finder
from daemon.domain.privacy.policy import Policy
from daemon.routes.privacy.options import Options


def finder_for(options: Options, key: bytes) -> Finder:
    """What finds by these options.

    Args:
        options: Validated.
        key: The installation's key, ``b""`` for none: then values leave no tag.
    """
    return Finder(book(), policy_for(options), key)


def policy_for(options: Options) -> Policy:
    """The profile with what the options change in it."""
    return policy_of(book(), options.profile, options)
