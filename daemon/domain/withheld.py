"""What of a plan's options is nobody's to read: a company's own words and numbers.

They stand in the settings and in the plan of each job, for the worker must know them. A record
lies in a folder, a page is on a screen and an answer of the API goes over the wire; there each of
them is a row of asterisks, so that how many there are can be seen and nothing else. A hash would
not do: names and telephone numbers are soon guessed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from daemon.domain.route import Plan, RouteId, Step

MARK = "********"
OWN = ("words", "allow")
"""Options of privacy masking, and settings of its profiles, that hold them."""


def withheld(options: Mapping[str, Any]) -> dict[str, Any]:
    """Options, or a profile, of privacy masking, to be shown."""
    return {
        name: [MARK] * len(value)
        if name in OWN and isinstance(value, list | tuple)
        else MARK
        if name in OWN and value
        else value
        for name, value in options.items()
    }


def shown(plan: Plan) -> Plan:
    """A plan to be shown. The route refuses it: what is withheld cannot be covered."""
    return Plan(
        tuple(
            Step(step.route, withheld(step.options)) if step.route == RouteId.PRIVACY else step
            for step in plan.steps
        )
    )
