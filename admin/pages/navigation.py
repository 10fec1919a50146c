"""The pages that every page links to."""

from __future__ import annotations

from collections.abc import Mapping

from flask import current_app

# Endpoint → its word.
PAGES: Mapping[str, str] = {
    "overview.overview": "overview",
    "jobs.jobs": "jobs",
    "review.waiting": "review",
    "rejects.gallery": "rejects",
    "batches.batches": "batches",
    "drop.form": "drop",
    "compare.form": "compare",
    "inboxes.inboxes": "inboxes",
    "records.deliveries": "deliveries",
    "engines.engines": "engines",
    "doctor.doctor": "doctor",
    "records.audit": "audit",
    "settings.settings": "settings",
}


def navigation(words: Mapping[str, str]) -> list[tuple[str, str]]:
    """Endpoint and label of each that this panel has, in order."""
    served = current_app.view_functions
    return [(endpoint, words[word]) for endpoint, word in PAGES.items() if endpoint in served]
