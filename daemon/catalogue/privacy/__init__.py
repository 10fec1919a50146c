"""The types of numbers and other identifiers which privacy masking knows, and its profiles.

Lives here: the data file and its strict reader, which tells all mistakes with their line. May be
imported from protocol height upwards; imports ``daemon.domain``,
``daemon.config`` and PyYAML, nothing else.
"""

from __future__ import annotations

from daemon.catalogue.privacy.load import book, examples, read
from daemon.catalogue.privacy.policies import policy_of
from daemon.catalogue.privacy.record import DataError

__all__ = ["DataError", "book", "examples", "policy_of", "read"]
