"""Prints how the text side of privacy masking does on the sample documents' ground truth.

Run ``python -m tests.privacy_text_table``. No pixels: the lines are ideal ones, so what is missed
here is missed by the rules, not by a reader.
"""

from __future__ import annotations

import sys
import time
from collections import Counter

from daemon.catalogue.privacy import book
from daemon.domain.privacy.find import Finder
from daemon.domain.privacy.policy import Policy
from tests.privacy_truth import Reading, covered, samples

POLICIES = ("all_digits", "personal")
READINGS: tuple[Reading, ...] = ("boxes", "rows")
HARMED = 0.1
"""A span to keep may lose a tenth of itself."""


def row(finder: Finder, reading: Reading, wanted: set[str]) -> tuple[Counter[str], list[str]]:
    """Counts over all pages, and every span that went wrong."""
    counts: Counter[str] = Counter()
    wrong: list[str] = []
    for sample in samples(reading):
        begin = time.perf_counter()
        masked = covered(finder.find(sample.page))
        counts["ms"] += round((time.perf_counter() - begin) * 1000)
        for span in sample.spans:
            glyphs = span.glyphs()
            hit = len(glyphs & masked)
            if span.kind in wanted:
                counts["spans"] += 1
                counts["glyphs"] += len(glyphs)
                counts["covered"] += hit
                counts["whole"] += hit == len(glyphs)
                if hit < len(glyphs):
                    wrong.append(f"  shows {sample.name} {span.kind} {span.type} {span.text}")
            elif span.kind == "keep":
                counts["keep"] += 1
                counts["kept"] += hit <= HARMED * len(glyphs)
                if hit > HARMED * len(glyphs):
                    wrong.append(f"  harms {sample.name} {span.text}")
    return counts, wrong


def main() -> None:
    """Print the table."""
    print("policy      reading  sequences  glyphs        kept       ms")
    for name in POLICIES:
        finder = Finder(book(), Policy(book().profiles[name]))
        wanted = {"sensitive", "numeric"} if name == "all_digits" else {"sensitive"}
        for reading in READINGS:
            counts, wrong = row(finder, reading, wanted)
            print(
                f"{name:<11} {reading:<8} {counts['whole']}/{counts['spans']}    "
                f"{counts['covered']}/{counts['glyphs']}    "
                f"{counts['kept']}/{counts['keep']}    {counts['ms']}"
            )
            for line in wrong:
                print(line, file=sys.stderr)


if __name__ == "__main__":
    main()
