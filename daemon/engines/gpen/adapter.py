"""Draws aligned faces anew with the GPEN networks that the model store has."""

from __future__ import annotations

from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray

from daemon.domain.sayings import Saying, said_of, say, unavailable
from daemon.engines.gpen.checkpoint import check_outline, load_network
from daemon.engines.gpen.drawer import Drawer
from daemon.engines.gpen.facts import NAME, RESTORING, Family, refuse, remark
from daemon.engines.offers import Setup, Weights
from daemon.engines.precision import proven
from daemon.engines.weights import StoredWeights
from daemon.errors import EngineError, EngineUnavailable
from daemon.imaging.template import gpen_template
from daemon.imaging.tone import grey_of

_USUAL_PX = 512  # what most photos ask for: loaded with the engine, the others at first use


class Gpen:
    """Networks of up to four sizes.

    A face goes in as float32 crops, not cut off to 8 bit as the published pipeline does it: what
    the aligned crop holds between two steps is kept (docs/engines.md).

    Args:
        weights: By model key; a file that is no GPEN of its size is left out, and the facts say
            why.
        setup: How to compute.
        family: Which networks.

    Attributes:
        sizes_px: Sides of the crops it takes and gives, ascending.

    Raises:
        EngineUnavailable: No file is one of this network's.
        GpuExhausted: The usual size does not fit into the GPU's memory.
    """

    def __init__(self, weights: Weights, setup: Setup, family: Family = RESTORING) -> None:
        if setup.threads:
            torch.set_num_threads(setup.threads)
        self._setup = setup
        self._family = family
        self._files = _fitting(weights, family)
        self.sizes_px = tuple(sorted(self._files))
        self._drawers: dict[int, Drawer] = {}
        self._problems: dict[int, Saying] = {}
        while not self._drawers:
            usual_px = _USUAL_PX if _USUAL_PX in self._files else min(self._files)
            try:
                self._drawer(usual_px)
            except EngineUnavailable:
                if not self._files:
                    raise

    def template(self, size_px: int) -> NDArray[np.float64]:
        """``(5, 2)`` x and y: where the landmarks of a face belong in a crop of this side."""
        return gpen_template(size_px)

    def restore(
        self,
        crops: NDArray[np.float32],
        *,
        fidelity: float | None = None,  # noqa: ARG002 - this network has no such dial
    ) -> NDArray[np.float32]:
        """As ``FaceRestorer`` has it.

        Args:
            crops: ``(N, S, S, 3)`` float32 RGB 0..255, aligned to ``template(S)``.
            fidelity: Without effect.

        Returns:
            As ``crops``, clipped to 0..255. A face the network gave no finite number for is NaN
            throughout.

        Raises:
            GpuExhausted: Not even one face fits into the GPU's memory.
            EngineBroken: The GPU cannot be used any more in this process.
            EngineUnavailable: The file of this size cannot be used.
            EngineError: There is no network for crops of this shape.
        """
        if crops.shape[1:2] and crops.shape[1] in self._problems:
            raise unavailable(self._problems[crops.shape[1]], engine=NAME)
        if crops.ndim != 4 or crops.shape[1:] not in {(size, size, 3) for size in self._files}:
            message = f"crops of {crops.shape} cannot be drawn: sizes are {self.sizes_px}"
            raise EngineError(message, engine=NAME)
        if not len(crops):
            return np.empty(crops.shape, np.float32)
        size_px = crops.shape[1]
        drawer = self._drawer(size_px)
        given = grey_of(crops) if self._family.sees_grey else np.asarray(crops, np.float32)
        drawn = drawer.draw(given)
        if drawer.remark:
            remark(self._files[size_px], self._setup.device, drawer.remark)
        return drawn

    def warm(self) -> None:
        """Tune and record what is loaded, for every batch size, where it computes on a GPU.

        Raises:
            GpuExhausted: Not even one face fits into the GPU's memory.
        """
        for drawer in self._drawers.values():
            drawer.warm()

    def relieve(self) -> None:
        """Let go of all memory but the weights."""
        for drawer in self._drawers.values():
            drawer.relieve()

    def _drawer(self, size_px: int) -> Drawer:
        found = self._drawers.get(size_px)
        if found is None:
            file, setup = self._files[size_px], self._setup
            load = partial(load_network, file.path, size_px)
            prove = partial(proven, [file.sha256], setup.precision, setup.device)
            try:
                found = Drawer(load, device=setup.device, prove=prove, relieve=self.relieve)
            except EngineUnavailable as problem:
                self._leave_out(size_px, problem)
                raise
            self._drawers[size_px] = found
        return found

    def _leave_out(self, size_px: int, problem: EngineUnavailable) -> None:
        """A file whose keys and shapes were right holds wrong values: there is no such size."""
        self._problems[size_px] = said_of(problem)
        refuse(self._files.pop(size_px), f"left out: {problem}")
        self.sizes_px = tuple(sorted(self._files))


def _fitting(weights: Weights, family: Family) -> dict[int, StoredWeights]:
    """Side → the file that serves it.

    Raises:
        EngineUnavailable: None does.
    """
    files: dict[int, StoredWeights] = {}
    first_problem = unavailable(say("no_fitting_weights"), engine=NAME)
    for model, size_px in reversed(list(family.sizes_px.items())):
        if model not in weights:
            continue
        try:
            check_outline(weights[model].path, size_px)
        except EngineUnavailable as problem:
            refuse(weights[model], f"left out: {problem}")
            first_problem = problem
        else:
            files[size_px] = weights[model]  # of two for one size the preferred one, coming last
    if not files:
        raise first_problem
    return files
