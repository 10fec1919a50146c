"""The worker's door to arrays: what stages call once a plan really looks at pixels.

Imported at the first photo, not at the start, so that a worker says hello in no time.
"""

from __future__ import annotations
