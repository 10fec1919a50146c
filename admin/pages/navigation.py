"""The pages that every page links to."""

from __future__ import annotations

from collections.abc import Mapping

# Endpoint → its word.
PAGES: Mapping[str, str] = {
    "overview.overview": "overview",
    "jobs.jobs": "jobs",
    "review.waiting": "review",
    "rejects.gallery": "rejects",
    "batches.batches": "batches",
    "drop.form": "drop",
    "inboxes.inboxes": "inboxes",
    "records.deliveries": "deliveries",
    "records.audit": "audit",
    "records.settings": "settings",
}


def navigation(words: Mapping[str, str]) -> list[tuple[str, str]]:
    """Endpoint and label of each, in order."""
    return [(endpoint, words[word]) for endpoint, word in PAGES.items()]
