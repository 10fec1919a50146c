"""Notes beside a photo: one line of instruction (.txt), options (.yaml).

A note comes from anyone who can write to the folder, so it is bounded in size, may set options
and nothing else, and is refused with its own code where it cannot be understood: guessing would
run the wrong thing.
"""

from __future__ import annotations

import codecs
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from daemon.domain.rule import Options
from daemon.errors import InputError
from daemon.files.probe import CannotLook, open_file
from daemon.files.safe import display_name

MAX_BYTES = 64 * 1024
MAX_INSTRUCT_CHARS = 2000
_MAX_DEPTH = 8

INSTRUCT_KEY = "instruct"


@dataclass(frozen=True, slots=True)
class Note:
    """What the notes beside a photo ask for.

    Attributes:
        instruct: The instruction, or empty.
        options: Options by route name.
        file: Name of the note the options are from, the last one where there are several.
    """

    instruct: str = ""
    options: Options = field(default_factory=dict)
    file: bytes = field(default=b"", compare=False)

    def refused(self, detail: str) -> InputError:
        """That its options, understood as they were, cannot be had."""
        return _refused(self.file, detail)


class UnknownRoute(ValueError):
    """An option that speaks to no route of the plan.

    Args:
        key: Its name.
    """

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


def by_route(found: Mapping[str, object], routes: tuple[str, ...]) -> Options:
    """Options by route name; bare ones are those of the plan's only route.

    Raises:
        UnknownRoute: One is for none of the plan's routes.
    """
    options: dict[str, dict[str, object]] = {}
    for key, value in found.items():
        if key == INSTRUCT_KEY:
            continue
        if key in routes and isinstance(value, dict):
            options.setdefault(key, {}).update(value)
        elif key not in routes and len(set(routes)) == 1:
            # With one route in the plan its name goes without saying.
            options.setdefault(routes[0], {})[key] = value
        else:
            raise UnknownRoute(key)
    return options


def read_notes(folder: Path, names: Iterable[bytes], routes: tuple[str, ...]) -> Note:
    """Read a photo's notes where they lie.

    Args:
        folder: Where the notes are.
        names: Their names; markers and AppleDouble files among them are passed over.
        routes: Route names of the photo's plan, to which options may speak.

    Raises:
        InputError: ``SIDECAR_INVALID`` with the note's name and what is the matter.
        OSError: The share is in trouble.
    """
    instruct, options, file = "", dict[str, Mapping[str, object]](), b""
    for name in sorted(names):
        suffix = name.lower().rpartition(b".")[2]
        if name.startswith(b"._") or suffix not in {b"txt", b"yaml", b"yml"}:
            continue
        content = _content(folder, name)
        if suffix == b"txt":
            instruct = _one_line(name, content)
            continue
        found = _mapping(name, content)
        instruct = _instruction(name, found) or instruct
        options |= _options(name, found, routes)
        file = name
    return Note(instruct, options, file)


def _refused(name: bytes, detail: str) -> InputError:
    return InputError("SIDECAR_INVALID", file=display_name(name), detail=detail)


def _content(folder: Path, name: bytes) -> bytes:
    try:
        with open_file(os.path.join(os.fsencode(folder), name)) as opened:  # noqa: PTH118 - bytes
            content = os.pread(opened.descriptor, MAX_BYTES + 1, 0)
    except CannotLook as error:
        raise _refused(name, str(error)) from error
    if len(content) > MAX_BYTES:
        raise _refused(name, f"> {MAX_BYTES} bytes")
    return content


def _text(name: bytes, content: bytes) -> str:
    # Notepad writes UTF-16 or, on a Chinese Windows, GB 18030 without any mark.
    boms = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
    marked = next((boms[bom] for bom in boms if content.startswith(bom)), None)
    for encoding in (marked,) if marked else ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise _refused(name, "UTF-8?")


def _one_line(name: bytes, content: bytes) -> str:
    lines = [line.strip() for line in _text(name, content).splitlines()]
    return _bounded(name, " ".join(line for line in lines if line))


def _bounded(name: bytes, text: str) -> str:
    if len(text) > MAX_INSTRUCT_CHARS:
        raise _refused(name, f"> {MAX_INSTRUCT_CHARS}")
    if any(ord(char) < 32 and char != "\t" for char in text):
        raise _refused(name, "control characters")
    return text


class _PlainLoader(yaml.SafeLoader):
    """YAML without aliases, which can make a few bytes stand for gigabytes."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.events.AliasEvent):
            msg = "aliases (*name) are not taken"
            raise yaml.YAMLError(msg)
        return super().compose_node(parent, index)


def _mapping(name: bytes, content: bytes) -> Mapping[str, object]:
    text = _text(name, content)
    try:
        found = yaml.load(text, _PlainLoader)  # noqa: S506 - a SafeLoader that allows even less
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise _refused(name, " ".join(str(error).split())) from error
    if found is None:
        return {}
    if not isinstance(found, dict) or not all(isinstance(key, str) for key in found):
        raise _refused(name, "route: {option: value}")
    try:
        json.dumps(found, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise _refused(name, str(error)) from error
    if _depth(found) > _MAX_DEPTH:
        raise _refused(name, f"depth > {_MAX_DEPTH}")
    return found


def _depth(value: object) -> int:
    inner = value.values() if isinstance(value, dict) else value
    if not isinstance(value, dict | list):
        return 0
    return 1 + max((_depth(item) for item in inner), default=0)  # type: ignore[attr-defined]


def _instruction(name: bytes, found: Mapping[str, object]) -> str:
    value = found.get(INSTRUCT_KEY, "")
    if not isinstance(value, str):
        raise _refused(name, INSTRUCT_KEY)
    return _bounded(name, value.strip())


def _options(name: bytes, found: Mapping[str, object], routes: tuple[str, ...]) -> Options:
    try:
        return by_route(found, routes)
    except UnknownRoute as error:
        known = ", ".join(dict.fromkeys(routes))
        raise _refused(name, f"{error.key}: {known}?") from error
