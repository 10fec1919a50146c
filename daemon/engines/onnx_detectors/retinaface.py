"""RetinaFace on ResNet-50 as two publishers have exported it.

Source: biubug6/Pytorch_Retinaface ``convert_to_onnx.py`` (one input, ``input``; three outputs:
boxes, softmax of the classes, landmarks; height and width open) and, of the same file as
``retinaface-r50-onnx``, a public table of models that names its sum: the anchors of that
repository, softmax inside, BGR less its mean. HivisionIDPhotos' ``retinaface/inference.py`` reads
its own file with the same anchors. It hands over RGB less the mean for BGR; the network was
trained in BGR, which is taken here. Neither file could be looked at.
"""

from __future__ import annotations

import numpy as np

from daemon.domain.sayings import say
from daemon.engines.boxes import Found
from daemon.engines.onnx_detectors.detector import (
    Format,
    Heads,
    UnlikeError,
    by_width,
    checked_rows,
    checked_scores,
)
from daemon.engines.retina_boxes import LEAST_SCORES, MEAN_RGB, anchors, decoded, planes

_SUMS_TO_ONE = 1e-2


def _decoded(heads: Heads, size: tuple[int, int], least: float) -> Found:
    """As ``Format.decoded``: rows of 4, 2 and 10 for each anchor, in any order of outputs."""
    (boxes,), (classes,), (points,) = by_width(heads, (4, 2, 10))
    wanted = len(anchors(*size))
    for rows in (boxes, classes, points):
        checked_rows(len(rows), wanted, size)
    scores = checked_scores(classes)
    if np.abs(scores.sum(axis=1) - 1).max() > _SUMS_TO_ONE:
        raise UnlikeError(say("sums_not_one"))
    return decoded((boxes, scores[:, 1], points), size, least)


RETINAFACE_FORMAT = Format(planes, MEAN_RGB, LEAST_SCORES["resnet50"], _decoded)
