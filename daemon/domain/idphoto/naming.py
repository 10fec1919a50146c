"""Names: an instruction in a photo's file name, and what a result is called.

``张三【一寸白底】.jpg`` asks for something in brackets. ``{employee_id}_{name}_{preset}`` says how
a result is named. Both hold what strangers typed: nothing of it is carried out or evaluated, and
what comes out is one plain file name.
"""

from __future__ import annotations

import difflib
import enum
import hashlib
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

FIELDS = ("stem", "employee_id", "name", "preset", "background", "batch", "number")
# Of a name without its ending: room is left for an ending and a label of ours in the 255 bytes
# that disks and shares allow.
MAX_BYTES = 200
MAX_TEMPLATE_CHARS = 120

# ── an instruction in a file's name ───────────────────────────────────────────────────────

# Round brackets are not among them: photo (2).jpg is a copy, no wish.
_OPEN, _CLOSE = "[\uff3b【〔〖", "]\uff3d】〕〗"
_BRACKETED = re.compile(
    f"[{re.escape(_OPEN)}]([^{re.escape(_OPEN + _CLOSE)}]*)[{re.escape(_CLOSE)}]"
)
_LOOSE = re.compile(f"[{re.escape(_OPEN + _CLOSE)}]")
_ENDING = re.compile(r"\.[A-Za-z0-9]{1,5}$")
_EDGES = " _-.,\u3000"


@dataclass(frozen=True, slots=True)
class FileName:
    """A photo's file name, taken apart.

    Attributes:
        stem: What is left without brackets and ending; where nothing is, the words in brackets.
        instruction: What stands in brackets, several of them joined by commas; ``""`` for none.
    """

    stem: str
    instruction: str = ""


def taken_apart(name: bytes | str) -> FileName:
    """Find the instruction in a file's name.

    Args:
        name: The name without folders, as it lies on disk; bytes that are no UTF-8 are read as
            GB 18030 (old archives), else as replacement characters.

    Returns:
        Text for people and for the parser; free of control and direction characters.
    """
    text = _ENDING.sub("", _visible(_decoded(name)))
    said = [found.strip() for found in _BRACKETED.findall(text)]
    instruction = ",".join(words for words in said if words)
    if not said:
        return FileName(text.strip(_EDGES))
    rest = _LOOSE.sub(" ", _BRACKETED.sub(" ", text))
    stem = " ".join(rest.split()).strip(_EDGES)
    return FileName(stem or instruction, instruction)


def _decoded(name: bytes | str) -> str:
    if isinstance(name, str):
        return name
    for encoding in ("utf-8", "gb18030"):
        try:
            return name.decode(encoding)
        except UnicodeDecodeError:
            continue
    return name.decode("utf-8", "replace")


def _visible(text: str) -> str:
    """NFC; without control characters, direction overrides and halves of characters."""
    kept = (
        " " if unicodedata.category(char) in {"Cc", "Zl", "Zp"} else char
        for char in unicodedata.normalize("NFC", text)
        if unicodedata.category(char) not in {"Cf", "Cs"}
    )
    return "".join(kept)


# ── what a result is called ───────────────────────────────────────────────────────────────

_FIELD = re.compile(r"\{([^{}]*)\}")
_UNFIT = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*]')
# Windows and SMB refuse these, with any ending.
_RESERVED = re.compile(
    r"^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|con(in|out)\$)(\.|$)", re.IGNORECASE
)
_PICTURE_ENDING = re.compile(r"\.(jpe?g|png|webp|tiff?)$", re.IGNORECASE)
_SEPARATORS = "_\\-., ~+"
_HOLE = "\0"
_EMPTY_PAIR = re.compile(r"[(\uff08\[【]\0+[)\uff09\]】]")
_GAP = re.compile(f"([{_SEPARATORS}]*)\0(?:([{_SEPARATORS}]*)\0)*([{_SEPARATORS}]*)")
# A field's place while the words between fields are put in order; no template may hold these.
_FIRST_PLACE = 0xE000


class Fault(enum.StrEnum):
    """What may be wrong with a template."""

    UNKNOWN_FIELD = "unknown field"
    NO_FIELD = "no field in braces"
    BRACE = "a brace without its partner"
    CHARACTER = "a character that no file name may hold"
    LENGTH = "too long"


class TemplateError(ValueError):
    """A template that cannot name a file.

    Args:
        fault: What is wrong.
        value: Where.
        nearest: The field that was probably meant, or ``""``.
    """

    def __init__(self, fault: Fault, value: str, nearest: str = "") -> None:
        hint = f"; did you mean {{{nearest}}}?" if nearest else ""
        super().__init__(f"{fault}: {value!r}{hint}")
        self.fault, self.value, self.nearest = fault, value, nearest


@dataclass(frozen=True, slots=True)
class Template:
    """How results are named.

    Attributes:
        words: What stands before, between and after the fields; one more than fields.
        fields: Names of fields, in order.
    """

    words: tuple[str, ...]
    fields: tuple[str, ...]

    @classmethod
    def read(cls, text: str, fields: Sequence[str] = FIELDS) -> Template:
        """Read a template strictly.

        Args:
            text: Words with fields in braces; a picture's ending at the end is left off, the
                format decides it.
            fields: Fields there are.

        Raises:
            TemplateError: Another field, a stray brace, ``{name!r}``, ``{name.x}`` or the like, a
                character that no file name may hold, no field at all, or too long a text.
        """
        if len(text) > MAX_TEMPLATE_CHARS:
            raise TemplateError(Fault.LENGTH, text[:20])
        text = _PICTURE_ENDING.sub("", text)
        *pairs, last = _FIELD.split(text)
        words, named = (*pairs[::2], last), tuple(pairs[1::2])
        for part in words:
            _refuse_unfit(part)
        for name in named:
            if name not in fields:
                near = difflib.get_close_matches(name, fields, n=1, cutoff=0.5)
                raise TemplateError(Fault.UNKNOWN_FIELD, name, next(iter(near), ""))
        if not named:
            raise TemplateError(Fault.NO_FIELD, text)
        return cls(words, named)

    def filled(self, values: Mapping[str, str], *, max_bytes: int = MAX_BYTES) -> str:
        """A file name without its ending.

        Args:
            values: Field → anything at all; a missing or empty one leaves no gap, and brackets
                around nothing go with it.
            max_bytes: Of UTF-8; the longest values are cut, and a hash of all of them is added.

        Returns:
            One name: no separators of folders, no control characters, no leading dot, no name
            that Windows keeps for itself. Where every field is empty the ``stem`` among the
            values serves, or ``photo``.
        """
        cleaned = [_cleaned(values.get(name, "")) for name in self.fields]
        if not any(cleaned):
            return _named(_shortened(_cleaned(values.get("stem", "")) or "photo", max_bytes))
        skeleton = self._skeleton([bool(value) for value in cleaned])
        whole = _put_in(skeleton, cleaned)
        if len(whole.encode()) <= max_bytes - 1:  # one is kept for what ``_named`` puts in front
            return _named(whole)
        tail = f"~{_hash(cleaned)}"
        room = max_bytes - 1 - len(tail) - len(_put_in(skeleton, [""] * len(cleaned)).encode())
        return _named(_put_in(skeleton, _fitted(cleaned, room)) + tail)

    def _skeleton(self, is_there: Sequence[bool]) -> str:
        """The words with a placeholder for each field that has a value, and no gaps."""
        parts = [self.words[0]]
        for number, (there, words) in enumerate(zip(is_there, self.words[1:], strict=True)):
            parts += [chr(_FIRST_PLACE + number) if there else _HOLE, words]
        closed = _EMPTY_PAIR.sub(_HOLE, "".join(parts))
        return _GAP.sub(_bridge, closed)


def _bridge(gap: re.Match[str]) -> str:
    """What stands where a field is empty: one of the separators around it, none at an edge."""
    before, after = gap.string[: gap.start()][-1:], gap.string[gap.end() :][:1]
    if not before or not after or before in "(\uff08[【" or after in ")\uff09]】":
        return ""
    return gap[1] or gap[2] or gap[3] or ""


def _refuse_unfit(words: str) -> None:
    for char in words:
        if char in "{}":
            raise TemplateError(Fault.BRACE, words)
        if _UNFIT.match(char) or unicodedata.category(char) in {"Cc", "Cf", "Cs", "Co", "Cn"}:
            raise TemplateError(Fault.CHARACTER, char)


def _cleaned(value: str) -> str:
    """A value as part of a name; ``""`` where nothing of it can stand there."""
    text = " ".join(_UNFIT.sub("_", _visible(value)).split())
    text = text.lstrip(". ").rstrip()
    return text if text.strip("_. ") else ""


def _put_in(skeleton: str, values: Sequence[str]) -> str:
    return "".join(
        values[ord(char) - _FIRST_PLACE]
        if _FIRST_PLACE <= ord(char) < _FIRST_PLACE + len(values)
        else char
        for char in skeleton
    )


def _fitted(values: Sequence[str], room: int) -> list[str]:
    """Values of so many bytes together; short ones stay whole, the longest are cut alike."""
    sizes = [len(value.encode()) for value in values]
    least, most = 0, max(sizes)
    while least < most:
        middle = (least + most + 1) // 2
        if sum(min(size, middle) for size in sizes) <= room:
            least = middle
        else:
            most = middle - 1
    return [_shortened(value, least) for value in values]


def _shortened(text: str, max_bytes: int) -> str:
    return text.encode()[:max_bytes].decode("utf-8", "ignore")


def _hash(values: Sequence[str]) -> str:
    return hashlib.sha256("\0".join(values).encode()).hexdigest()[:8]


def _named(text: str) -> str:
    """The whole as a name: nothing at its ends that a share refuses, nothing Windows keeps."""
    name = text.strip().rstrip(". ")
    is_odd = _RESERVED.match(name) or name.startswith((".", "-", "~"))
    return f"_{name}" if is_odd or not name else name
