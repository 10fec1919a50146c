"""Models that no catalogue has, with files that a test can make in no time."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from daemon.clock import SystemClock
from daemon.config.model import Config
from daemon.domain.models import CommercialUse, Model, ModelBook, ModelLicence
from daemon.services.models import ModelStore

FREE = ModelLicence("free", "MIT", CommercialUse.YES, "the test")
BOUND = ModelLicence("bound", "research only", CommercialUse.NO, "the test")


def sum_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def model_of(content: bytes | None = None, key: str = "net-a", **facts: Any) -> Model:
    """A model whose published size and sum are those of a content; none are, without one."""
    if content is not None:
        facts = {"size_bytes": len(content), "sha256": sum_of(content), **facts}
    facts.setdefault("file", "a.pth")
    facts.setdefault("licence", FREE)
    facts.setdefault("urls", ("https://nowhere.invalid/a.pth",))
    return Model(key=key, purpose="", architecture="", framework="pytorch-pth", **facts)


def store_of(booth: Callable[..., Config], *models: Model, **sections: Any) -> ModelStore:
    """A store of a booth that knows these models."""
    sections.setdefault("retention", {"min_free_mib": 1})
    book = ModelBook(
        {model.key: model for model in models},
        {model.licence.key: model.licence for model in models},
    )
    return ModelStore(booth(**sections), SystemClock(), book)
