"""Weight files out of the model store: found, allowed, and held against their sums.

No tensor library is imported here; what a file holds, ``daemon.engines.checkpoint`` reads.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from daemon.catalogue.models.load import model_book
from daemon.domain.models import Model, Standing
from daemon.domain.sayings import Saying, say, unavailable
from daemon.errors import EngineError, EngineUnavailable, ModelError
from daemon.files.model_store import complaint, is_accepted, look, mending, read_lock, vouched


@dataclass(frozen=True, slots=True)
class StoredWeights:
    """A model's file, proven to be the right one.

    Attributes:
        model: Its key in the catalogue.
        path: The file.
        sha256: Sum of its bytes.
        is_published: The sum is one that its publisher states; else it is only the one that
            this store recorded first.
    """

    model: str
    path: Path
    sha256: str
    is_published: bool


def has_file(store: Path | None, key: str) -> bool:
    """Whether something lies where a model's file belongs; it is not read."""
    if store is None:
        return False
    found = look(store, model_book().models[key], read_lock(store))
    return found.standing is not Standing.MISSING


def obtain(store: Path, key: str, *, allow_noncommercial: bool) -> StoredWeights:
    """A model's weights, allowed and unchanged.

    Read to the end only where the file changed since that was done last.

    Args:
        store: The folder of models.
        key: The model's key in the catalogue.
        allow_noncommercial: The setting ``engines.allow_noncommercial``.

    Raises:
        ModelError: It is not here, not the right one, or its licence stands in the way; says
            which command mends it.
    """
    model = model_book().models[key]
    _check_terms(store, model, allow_noncommercial=allow_noncommercial)
    found = vouched(store, model)
    return StoredWeights(key, found.path, found.sha256, found.standing is Standing.PRESENT)


def unfit(path: Path, engine: str, why: Saying) -> EngineUnavailable:
    """The error for a file that is not an engine's; names it and what mends it.

    Args:
        path: The file.
        engine: Whose it should be.
        why: What is wrong with it.
    """
    wrong = say("unfit", file=path.name, engine=engine, why=why, mend=_mend(path))
    return unavailable(wrong, engine=engine.lower(), file=path.name, why=str(why))


def no_number(engine: str) -> EngineError:
    """The error for a network whose numbers are not finite, or not what they must be.

    Args:
        engine: What records call it.
    """
    nothing = say("no_number")
    return EngineError(str(nothing), engine=engine, said=nothing.as_json())


def _mend(path: Path) -> Saying:
    """What to do; a file in the store lies in a folder named by its model's key."""
    model = model_book().models.get(path.parent.name)
    if model is None:
        return say("put_again")
    return say("fetch_again", command=mending(model, replacing=True))


def _check_terms(store: Path, model: Model, *, allow_noncommercial: bool) -> None:
    lock = read_lock(store)
    found = look(store, model, lock)
    if found.standing is Standing.MISSING:
        raise complaint(found, lock)
    licence = model.licence
    facts = {"model": model.key, "licence": licence.name}
    if licence.is_noncommercial and not allow_noncommercial:
        code = "MODEL_NONCOMMERCIAL"
        raise ModelError(code, **facts)
    if not is_accepted(licence, lock):
        code = "LICENCE_NOT_ACCEPTED"
        command = f"{mending(model, replacing=False)} --accept-licence"
        raise ModelError(code, **facts, command=command)
