r"""Compiles a type's pattern with the boundaries that work beside Chinese characters.

``\b`` is of no use: Python counts Chinese characters as word characters, so that it finds no
boundary between a label and its number.
"""

from __future__ import annotations

import re
import warnings

from daemon.domain.privacy.entity import Evidence, Pattern

# Readers lose blanks. A bracket is a boundary whatever it is glued to (``Phone(312)555-0137``), and
# so is a digit after a word (``callme138 0000 7544``); in codes letters are capitals or single.
BEFORE = r"(?:(?<![0-9A-Za-z])|(?=\()|(?<=[a-z]{2})(?=[0-9]))"
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


_REPEAT = re.compile(r"[*+]|\{\d*,\d*\}|\{\d{2,}\}")


def repeats_inside_repeats(source: str) -> bool:
    """Whether a group that repeats holds something that repeats, or a back reference stands there.

    Such a pattern may take time that grows with the power of a text's length. The answer is on the
    safe side: some that would do no harm are told too.
    """
    if re.search(r"\\[1-9]|\(\?P=|\(\?\(", source):
        return True
    bare = _without_classes(source)
    inner = re.compile(r"\(([^()]*)\)(\S{0,8})")
    while True:
        group = inner.search(bare)
        if group is None:
            return False
        inside = _REPEAT.search(group.group(1)) is not None
        if inside and _REPEAT.match(group.group(2)):
            return True
        # The group is put away; that something in it repeats must not be forgotten.
        left = "x+" if inside else "x"
        bare = bare[: group.start()] + left + bare[group.end(1) + 1 :]


def _without_classes(source: str) -> str:
    """A pattern with escapes and character classes as plain letters."""
    bare = re.sub(r"\\.", "e", source)
    bare = re.sub(r"\[\^?\]?[^\]]*\]", "c", bare)
    return re.sub(r"\(\?(?:[:=!]|<[=!]|P<\w+>)", "(", bare)
