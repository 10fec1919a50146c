"""What was measured and what was not, as a page of Markdown."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Row:
    """A figure.

    Attributes:
        section: Under which heading it stands.
        what: What was measured.
        value: The figure with its unit.
        note: How, and what to know of it.
    """

    section: str
    what: str
    value: str
    note: str = ""


@dataclass(slots=True)
class Sheet:
    """Rows in the order in which they were measured, and what was left out and why.

    Attributes:
        facts: The machine and the versions.
        rows: What was measured.
        skipped: What was not → why.
    """

    facts: Mapping[str, str]
    rows: list[Row] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)

    def add(self, row: Row) -> None:
        """Keep a row, and tell it at once: the whole may take half an hour."""
        self.rows.append(row)
        note = f"  ({row.note})" if row.note else ""
        print(f"{row.section}: {row.what}: {row.value}{note}", file=sys.stderr, flush=True)

    def skip(self, what: str, why: str) -> None:
        """Keep by name what was not measured."""
        self.skipped[what] = why
        print(f"skipped: {what}: {why}", file=sys.stderr, flush=True)

    def markdown(self) -> str:
        """The page."""
        lines = [", ".join(f"{name} {value}" for name, value in self.facts.items()), ""]
        for section in dict.fromkeys(row.section for row in self.rows):
            lines += [f"**{section}**", "", "| what | measured | |", "|---|---|---|"]
            lines += [
                f"| {row.what} | {row.value} | {row.note} |"
                for row in self.rows
                if row.section == section
            ]
            lines.append("")
        if self.skipped:
            lines += ["**Not measured here**", ""]
            lines += [f"- {what}: {why}" for what, why in self.skipped.items()]
            lines.append("")
        return "\n".join(lines)
