from __future__ import annotations

import threading

import pytest

from daemon.engines.pool import Owner, Shelf, Slot
from daemon.engines.vram import CardMemory
from daemon.errors import EngineError, EngineUnavailable, GpuExhausted


def test_an_engine_is_loaded_at_its_first_use_and_once() -> None:
    made: list[object] = []

    def make() -> object:
        made.append(object())
        return made[-1]

    slot = Slot(make, Owner())
    assert not made
    assert not slot.loaded
    assert slot.get() is slot.get()
    assert len(made) == 1


def test_an_engine_that_failed_to_load_is_tried_again() -> None:
    answers = iter([OSError("no such file"), "engine"])

    def make() -> str:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    slot = Slot(make, Owner())
    with pytest.raises(OSError, match="no such file"):
        slot.get()
    assert slot.get() == "engine"


def test_a_second_thread_is_refused() -> None:
    slot = Slot(object, Owner())
    slot.get()
    refused: list[BaseException] = []

    def use() -> None:
        try:
            slot.get()
        except EngineError as error:
            refused.append(error)

    thread = threading.Thread(target=use)
    thread.start()
    thread.join()
    assert len(refused) == 1


def test_after_release_another_thread_may_own_the_engines() -> None:
    owner = Owner()
    slot = Slot(object, owner)
    slot.get()
    owner.release()
    got: list[object] = []
    thread = threading.Thread(target=lambda: got.append(slot.get()))
    thread.start()
    thread.join()
    assert len(got) == 1


def test_a_dropped_engine_is_loaded_again() -> None:
    slot = Slot(object, Owner())
    first = slot.get()
    slot.drop()
    assert slot.get() is not first


# ── a card's memory ───────────────────────────────────────────────────────────────────────


def shelved(shelf: Shelf, owner: Owner, *sizes: int) -> list[Slot[object]]:
    return [Slot(object, owner, shelf, size) for size in sizes]


def test_the_least_recently_used_engine_makes_room() -> None:
    shelf, owner = Shelf(100), Owner()
    first, second, third = shelved(shelf, owner, 40, 40, 40)
    first.get()
    second.get()
    first.get()
    third.get()
    assert [slot.loaded for slot in (first, second, third)] == [True, False, True]
    assert shelf.used_bytes == 80


def test_as_many_go_as_the_new_one_needs() -> None:
    shelf, owner = Shelf(100), Owner()
    *small, large = shelved(shelf, owner, 30, 30, 30, 60)
    for slot in (*small, large):
        slot.get()
    assert [slot.loaded for slot in (*small, large)] == [False, False, True, True]


def test_an_engine_larger_than_the_budget_is_loaded_alone() -> None:
    shelf, owner = Shelf(100), Owner()
    small, large = shelved(shelf, owner, 30, 400)
    small.get()
    large.get()
    assert (small.loaded, large.loaded) == (False, True)


def test_without_a_budget_nothing_makes_way() -> None:
    shelf, owner = Shelf(), Owner()
    slots = shelved(shelf, owner, 10**12, 10**12)
    for slot in slots:
        slot.get()
    assert all(slot.loaded for slot in slots)


def test_what_an_engine_took_is_measured_where_that_can_be() -> None:
    in_use = [100]
    shelf, owner = Shelf(1000, measure=lambda: in_use[0]), Owner()

    def make() -> object:
        in_use[0] += 70
        return object()

    Slot(make, owner, shelf, 10).get()
    assert shelf.used_bytes == 70


def test_a_full_card_is_tried_once_more_without_the_others() -> None:
    tidied: list[str] = []
    shelf, owner = Shelf(tidy=lambda: tidied.append("tidied")), Owner()
    (other,) = shelved(shelf, owner, 10)
    other.get()

    def make() -> object:
        if other.loaded:
            raise GpuExhausted
        return object()

    late = Slot(make, owner, shelf, 10)
    late.get()
    assert (late.loaded, other.loaded) == (True, False)
    assert tidied


def test_a_card_that_is_full_by_itself_says_so() -> None:
    shelf, tries = Shelf(), []

    def make() -> object:
        tries.append(1)
        raise GpuExhausted

    with pytest.raises(GpuExhausted):
        Slot(make, Owner(), shelf, 10).get()
    assert len(tries) == 1


def test_the_card_is_prepared_before_the_first_engine() -> None:
    order: list[str] = []
    shelf = Shelf(prepare=lambda: order.append("prepared"))
    Slot(lambda: order.append("loaded"), Owner(), shelf).get()
    assert order == ["prepared", "loaded"]


def test_a_dropped_engine_frees_its_place() -> None:
    shelf, owner = Shelf(100), Owner()
    first, second = shelved(shelf, owner, 80, 80)
    first.get()
    first.drop()
    assert shelf.used_bytes == 0
    second.get()
    assert shelf.used_bytes == 80


def test_a_library_that_cannot_use_the_card_is_put_into_words() -> None:
    def refuse() -> None:
        raise EngineUnavailable("torch cannot use cuda:0")

    def make() -> object:
        raise RuntimeError("Found no NVIDIA driver on your system")

    with pytest.raises(EngineUnavailable, match="cannot use cuda:0"):
        Slot(make, Owner(), Shelf(check=refuse)).get()
    with pytest.raises(RuntimeError, match="no NVIDIA driver"):
        Slot(make, Owner(), Shelf()).get()


def test_a_card_that_is_none_is_told_apart_from_a_wrong_file() -> None:
    torch = pytest.importorskip("torch")
    if torch.cuda.is_available():
        pytest.skip("there is a card")
    memory = CardMemory("cuda:0", 1024)
    memory.prepare()
    with pytest.raises(EngineUnavailable, match="torch cannot use cuda:0"):
        memory.check()
    CardMemory("cpu", 1024).check()
    assert (memory.used_bytes(), memory.peak_mib()) == (None, None)


def test_a_limit_of_a_cards_memory_is_kept() -> None:
    torch = pytest.importorskip("torch")
    if not torch.cuda.is_available():
        pytest.skip("no CUDA device on this machine")
    memory = CardMemory("cuda:0", 512)
    try:
        memory.prepare()
        memory.begin_peak()
        kept = torch.zeros(64 << 20, dtype=torch.uint8, device="cuda:0")
        assert (memory.peak_mib() or 0) >= len(kept) >> 20
        with pytest.raises(torch.OutOfMemoryError):
            torch.zeros(1 << 30, dtype=torch.uint8, device="cuda:0")
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0, "cuda:0")


def test_an_engine_whose_memory_cannot_be_seen_takes_what_its_files_do() -> None:
    """ONNX Runtime has memory of its own on a card; PyTorch, which is asked, sees none of it."""
    shelf, owner = Shelf(100, measure=lambda: 0), Owner()
    slots = [Slot(object, owner, shelf, 60) for _ in range(2)]
    slots[0].get()
    assert shelf.used_bytes == 60
    slots[1].get()
    assert [slot.loaded for slot in slots] == [False, True]
