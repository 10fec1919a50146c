"""A card's memory, as far as the process that computes there can tell and limit it.

Nothing here loads a tensor library before an engine does.
"""

from __future__ import annotations

import gc
import sys
from typing import Any

from daemon.domain.sayings import say, unavailable
from daemon.engines.pool import Shelf

_MIB = 1 << 20
# Of the memory that may be used, weights get half: the maps of a batch need the rest.
_FOR_WEIGHTS = 0.5


class CardMemory:
    """Memory of one card; used by its engines' owner thread.

    Args:
        device: ``cuda:N``; on ``cpu`` there is nothing to tell or to limit.
        limit_mib: What this process may use there; 0: all of it.
    """

    def __init__(self, device: str, limit_mib: int = 0) -> None:
        self._device = device
        self._limit_mib = limit_mib
        self._is_prepared = False

    def shelf(self) -> Shelf:
        """Where the card's engines stand."""
        budget = int(self._limit_mib * _MIB * _FOR_WEIGHTS)
        return Shelf(
            budget,
            measure=self.used_bytes,
            tidy=self.tidy,
            prepare=self.prepare,
            check=self.check,
        )

    def prepare(self) -> None:
        """Limit what this process may use; once, before its first engine is loaded."""
        if self._is_prepared or not self._limit_mib or not self._is_usable():
            return
        import torch  # noqa: PLC0415 - is here by now

        total = torch.cuda.get_device_properties(self._device).total_memory
        if self._limit_mib * _MIB < total:
            share = self._limit_mib * _MIB / total
            torch.cuda.set_per_process_memory_fraction(share, self._device)
        self._is_prepared = True

    def check(self) -> None:
        """Say why an engine could not be loaded, where the card itself is the reason.

        Raises:
            EngineUnavailable: A driver too old for this torch, a torch without CUDA, or fewer
                cards than it would need, whatever ``/dev`` shows.
        """
        if self._device.startswith("cuda") and not self._is_usable():
            raise unavailable(say("card_unusable", device=self._device), engine=self._device)

    def _is_usable(self) -> bool:
        if not self._device.startswith("cuda"):
            return False
        try:
            import torch  # noqa: PLC0415 - takes seconds, and is only here with the gpu extra
        except (ImportError, OSError):
            return False
        number = int(self._device.partition(":")[2] or 0)
        return bool(torch.cuda.is_available()) and number < torch.cuda.device_count()

    def used_bytes(self) -> int | None:
        """Memory of tensors now; ``None`` where no card is in use."""
        torch = self._torch()
        return None if torch is None else int(torch.cuda.memory_allocated(self._device))

    def tidy(self) -> None:
        """Give memory that no tensor uses back to the card.

        An engine that was dropped may be held by its own parts, which hold one another; until
        the collector has been there its tensors are in use.
        """
        torch = self._torch()
        if torch is not None:
            gc.collect()
            torch.cuda.empty_cache()

    def begin_peak(self) -> None:
        """Begin to watch for the most memory in use."""
        torch = self._torch()
        if torch is not None:
            torch.cuda.reset_peak_memory_stats(self._device)

    def peak_mib(self) -> int | None:
        """The most memory held on the card since ``begin_peak``; ``None`` without a card.

        Held, not in use by tensors: a recorded graph works in memory that no tensor has while it
        is replayed, and what is held is what ``gpu_memory_limit_mib`` limits.
        """
        torch = self._torch()
        if torch is None:
            return None
        return int(torch.cuda.max_memory_reserved(self._device)) // _MIB

    def _torch(self) -> Any:
        torch = sys.modules.get("torch")
        if torch is None or not self._device.startswith("cuda"):
            return None
        # Another thread may be at loading it, with half done.
        is_initialized = getattr(getattr(torch, "cuda", None), "is_initialized", None)
        return torch if is_initialized is not None and is_initialized() else None
