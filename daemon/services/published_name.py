"""The name that results go out under: the photo's own, or that without the numbers in it."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

from pydantic import TypeAdapter, ValidationError

from daemon.config.privacy import DEFAULT, Masking
from daemon.domain.artifact import OutputFile, OutputKind
from daemon.domain.job import Job
from daemon.domain.privacy.filename import masked_name
from daemon.domain.route import Plan, RouteId
from daemon.files.safe import output_name

if TYPE_CHECKING:
    from daemon.domain.privacy.find import Finder

OPTION = "mask_name"
"""Of the route ``privacy``."""
_BOOL = TypeAdapter(bool)


def masks_name(plan: Plan) -> bool:
    """Whether results of a plan go out under a masked name."""
    return any(_is_asked(step.options) for step in plan.steps if step.route == RouteId.PRIVACY)


def may_replace(job: Job, file: OutputFile, *, overwrite: bool) -> bool:
    """Whether a result may take the place of an older one of its name.

    Args:
        job: The job.
        file: One of its outputs.
        overwrite: What the administrator wants (``output.overwrite``).
    """
    # Two files of different numbers get one masked name: the older result is another's.
    if masks_name(job.plan):
        return False
    return overwrite and file.kind is not OutputKind.WHY_PICTURE


def _is_asked(options: Mapping[str, object]) -> bool:
    try:
        return _BOOL.validate_python(options.get(OPTION, False))
    except ValidationError:  # the route refuses it; until then the safer way
        return True


def published_relative(job: Job) -> bytes:
    """The path that a job's results are named after, relative to the inbox.

    Returns:
        ``job.relative``; where its plan says ``mask_name``, with its last part masked as the
        plan covers numbers on pages, and made safe already. Sub-folders stay.
    """
    if not masks_name(job.plan):
        return job.relative
    folder, slash, name = job.relative.rpartition(b"/")
    (options,) = [step.options for step in job.plan.steps if step.route == RouteId.PRIVACY][:1]
    finder = _finder_of(options)
    # Before it is made safe, since a long name is cut and gets a hash of itself; and after, since
    # what stood between two digits may have become an underscore.
    safe = output_name(os.fsencode(masked_name(os.fsdecode(name), finder)))
    return folder + slash + masked_name(safe, finder).encode()


def _finder_of(options: Mapping[str, object]) -> Finder:
    named = {key: value for key, value in options.items() if key in Masking.model_fields}
    return _finder(str(options.get("profile", DEFAULT)), json.dumps(named, sort_keys=True))


@lru_cache(maxsize=16)
def _finder(profile: str, masking: str) -> Finder:
    from daemon.catalogue.privacy import book, policy_of  # noqa: PLC0415 - few plans mask names
    from daemon.domain.privacy.find import Finder  # noqa: PLC0415 - as above

    try:
        policy = policy_of(book(), profile, Masking.model_validate_json(masking))
    except (KeyError, ValueError):
        # Options that the route refused: its job has failed and still needs a name.
        policy = policy_of(book(), DEFAULT)
    return Finder(book(), policy)
