"""A model store that a test fills with checkpoints of its own making.

Where the catalogue publishes a sum, no file of a test can have it: the book of the process that
reads the store is amended to the sums that the store recorded. The fixture ``stocked`` does so
for this process; a worker process does it by ``development.routes: tests.fakes.stocked_routes``
with the store's path in the environment as ``STORE_VARIABLE``. A file that is changed after it
was stocked has a wrong sum.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from daemon.catalogue.models import load
from daemon.domain.models import ModelBook
from daemon.files.digest import digest_of
from daemon.files.model_store import (
    Accepted,
    alone_in,
    read_lock,
    recorded_now,
    terms_sum,
    write_lock,
)

STORE_VARIABLE = "TEST_MODEL_STORE"
AT_MS = 1_700_000_000_000


@contextmanager
def stocking() -> Iterator[Callable[..., Path]]:
    """``stocked(store, key, state, wrapped="params_ema")``: a checkpoint with a sum that fits.

    ``state`` has tensors by name; ``wrapped`` is the name under which the publisher keeps them.
    Its terms count as accepted. What is put there is believed in this process until the end.
    """
    original, stores = load.read_book, set[Path]()

    def read(text: str) -> ModelBook:
        book = original(text)
        for store in stores:
            book = with_recorded_sums(book, store)
        return book

    def put(store: Path, key: str, state: Mapping[str, Any] | bytes, *, wrapped: str = "") -> Path:
        path = shelved(store, key, state, wrapped=wrapped)
        stores.add(store)
        load.model_book.cache_clear()
        return path

    load.read_book = read
    try:
        yield put
    finally:
        load.read_book = original
        load.model_book.cache_clear()


def shelved(store: Path, key: str, state: Mapping[str, Any] | bytes, *, wrapped: str = "") -> Path:
    """Save a checkpoint at its model's place, record its sum, accept its terms."""
    path = store / load.model_book().models[key].place
    path.parent.mkdir(parents=True, exist_ok=True)
    saved(path, state, wrapped=wrapped)
    entered(store, key)
    return path


def saved(path: Path, state: Mapping[str, Any] | bytes, *, wrapped: str = "") -> None:
    """Write a checkpoint in the format that its name says; bytes are the file."""
    if isinstance(state, bytes):
        path.write_bytes(state)
        return
    import torch
    from safetensors.torch import save_file

    entries = dict(state)
    if path.suffix == ".safetensors":
        save_file(entries, path)
    else:
        torch.save({wrapped: entries} if wrapped else entries, path)


def entered(store: Path, key: str) -> None:
    """Record the file that lies at a model's place as the right one, and accept its terms."""
    model = load.model_book().models[key]
    path = store / model.place
    recorded = recorded_now(path, digest_of(path).sha256, AT_MS, "import")
    accepted = Accepted(AT_MS, "tester", terms_sum(model.licence))
    with alone_in(store):
        lock = read_lock(store).with_file(key, recorded)
        write_lock(store, lock.with_licence(model.licence.key, accepted))


def spoilt(path: Path) -> None:
    """Change the last byte of a file: the same length, another sum."""
    content = bytearray(path.read_bytes())
    content[-1] ^= 0xFF
    path.write_bytes(content)


def with_recorded_sums(book: ModelBook, store: Path) -> ModelBook:
    """A book whose published sums and lengths are the recorded ones, where both are there."""
    models = dict(book.models)
    for key, recorded in read_lock(store).files.items():
        model = models[key]
        size = None if model.size_bytes is None else recorded.size
        sha256 = recorded.sha256 if model.sha256 else ""
        models[key] = replace(model, size_bytes=size, sha256=sha256)
    return ModelBook(models, book.licences)
