"""docs/api.md shows every operation with curl, and no address that is not there."""

from __future__ import annotations

import re
from pathlib import Path

import yaml
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule

from admin.api.operations import OPERATIONS
from daemon.config.model import Config
from daemon.domain.codes import CODES

PAGE = (Path(__file__).parents[2] / "docs" / "api.md").read_text()
_CURL = re.compile(r"^curl .*$", re.MULTILINE)


def _shown() -> set[str]:
    """Operations that the page's curl lines call."""
    rules = [Rule(one.path, endpoint=one.name, methods=[one.method]) for one in OPERATIONS]
    urls = Map(rules).bind("booth")
    found = set()
    for line in _CURL.findall(PAGE):
        address = re.search(r"\$BOOTH(/[^\s\"?]*)", line)
        if address is None:
            continue
        explicit = re.search(r"-X (\w+)", line)
        has_body = re.search(r" (-F|-d|--data-binary) ", line)
        method = explicit[1] if explicit else "POST" if has_body else "GET"
        try:
            found.add(urls.match(address[1], method=method)[0])
        except HTTPException as error:
            raise AssertionError(line) from error
    return found


def test_every_operation_has_its_example() -> None:
    assert _shown() == {one.name for one in OPERATIONS}


def test_every_code_on_the_page_is_one_with_that_status() -> None:
    rows = re.findall(r"^\| ([\d, ]+) \| (.*) \|$", PAGE, re.MULTILINE)
    assert len(rows) > 5
    for statuses, said in rows:
        for code in re.findall(r"`([A-Z_]+)`", said):
            assert str(CODES[code].http_status) in statuses.split(", "), code


def test_the_settings_on_the_page_are_understood() -> None:
    for text in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL):
        sections = yaml.safe_load(text)
        sections.setdefault("inboxes", [{"name": "in", "plan": ["copy"]}])
        Config.model_validate(sections)
