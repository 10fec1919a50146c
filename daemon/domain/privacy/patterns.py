r"""Compiles a type's pattern with the boundaries that work beside Chinese characters.

``\b`` is of no use: Python counts Chinese characters as word characters, so that it finds no
boundary between a label and its number.
"""

from __future__ import annotations

import re
import warnings

from daemon.domain.privacy.entity import Evidence, Pattern

BEFORE = r"(?<![0-9A-Za-z])"
AFTER = r"(?![0-9A-Za-z])"
LONGEST_PATTERN = 400


def pattern_of(source: str, evidence: Evidence = Evidence.AS_TYPE) -> Pattern:
    """A pattern between boundaries.

    Args:
        source: Python ``re``, for normalised text.
        evidence: What it needs besides itself.

    Raises:
        ValueError: It does not compile, is longer than 400 characters, or fits the empty text.
    """
    if len(source) > LONGEST_PATTERN:
        msg = f"a pattern of more than {LONGEST_PATTERN} characters"
        raise ValueError(msg)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            regex = re.compile(f"{BEFORE}(?:{source}){AFTER}")
    except (re.error, FutureWarning, DeprecationWarning, OverflowError, RecursionError) as error:
        msg = f"the pattern {source} does not compile: {error}"
        raise ValueError(msg) from error
    if regex.search("") is not None:
        msg = f"the pattern {source} fits the empty text"
        raise ValueError(msg)
    return Pattern(source, regex, evidence)
