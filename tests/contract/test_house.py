"""The house plan holds, and each of its contracts is shown to notice a breach."""

from __future__ import annotations

import ast
import importlib.metadata
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from daemon.domain.route import RouteId

REPO = Path(__file__).resolve().parents[2]
PACKAGES = ("daemon", "admin")
ARRAY_LIBRARIES = ("numpy", "cv2", "onnxruntime", "torch", "scipy", "dlib", "ncnn")


@cache
def project() -> dict[str, object]:
    return tomllib.loads((REPO / "pyproject.toml").read_text(encoding="utf-8"))


def contracts() -> dict[str, dict[str, list[str]]]:
    tool = project()["tool"]
    assert isinstance(tool, dict)
    return {entry["name"]: entry for entry in tool["importlinter"]["contracts"]}


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    """Check the packages in a folder, as ``lint-imports`` does."""
    command = "import sys; from importlinter.cli import lint_imports_command as run; run()"
    return subprocess.run(
        [sys.executable, "-c", command, "--no-cache"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(folder), "NO_COLOR": "1", "COLUMNS": "200"},
    )


def broken_in(report: str) -> set[str]:
    return set(re.findall(r"^(.+?) BROKEN$", report, flags=re.MULTILINE))


def test_every_contract_is_kept() -> None:
    result = lint(REPO)
    assert result.returncode == 0, result.stdout + result.stderr
    assert not broken_in(result.stdout)


@dataclass(frozen=True)
class Breach:
    """One line too many: what is written into which module."""

    module: str
    line: str


def _breaches() -> dict[str, Breach]:
    engines, routes = (
        contracts()["engines apart"]["modules"],
        contracts()["routes apart"]["modules"],
    )
    return {
        "two towers on one base": Breach("daemon.domain.job", "import daemon.config.model"),
        "admin above daemon": Breach("daemon.services.health", "import admin.presenters"),
        "panel is narrow": Breach("admin.presenters", "import daemon.store.database"),
        "no arrays in control": Breach("daemon.services.drop", "import daemon.files.safe"),
        "no rows or web in pixels": Breach("daemon.imaging.photo", "import sqlalchemy"),
        "sql stays home": Breach("daemon.services.queries", "import sqlalchemy"),
        "engines apart": Breach(f"{engines[0]}.seeded", f"import {engines[-1]}"),
        "routes apart": Breach(routes[0], f"import {routes[-1]}"),
        "no circles": Breach("daemon.services.why", "import daemon.services.publish"),
    }


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A copy of the sources and of the contracts."""
    for package in PACKAGES:
        ignore = shutil.ignore_patterns("__pycache__", "static", "templates")
        shutil.copytree(REPO / package, tmp_path / package, ignore=ignore)
    shutil.copy(REPO / "pyproject.toml", tmp_path)
    return tmp_path


def write(house: Path, breach: Breach) -> None:
    base = house.joinpath(*breach.module.split("."))
    path = base / "__init__.py" if base.is_dir() else base.with_suffix(".py")
    if breach.module.endswith(".seeded"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    assert path.exists(), breach
    path.write_text(path.read_text(encoding="utf-8") + f"\n\n{breach.line}\n", encoding="utf-8")


def test_every_contract_has_a_breach_to_notice() -> None:
    assert set(_breaches()) == set(contracts())


@pytest.mark.parametrize("name", sorted(_breaches()))
def test_a_breach_is_noticed(house: Path, name: str) -> None:
    breach = _breaches()[name]
    if name == "no arrays in control":
        # Reached through another module: what counts is what can be reached.
        write(house, Breach("daemon.files.safe", "import numpy"))
    write(house, breach)
    result = lint(house)
    assert result.returncode == 1, result.stdout + result.stderr
    assert name in broken_in(result.stdout), result.stdout


def test_a_package_that_nobody_placed_is_noticed(house: Path) -> None:
    (house / "daemon" / "novelty").mkdir()
    (house / "daemon" / "novelty" / "__init__.py").touch()
    result = lint(house)
    assert result.returncode == 1
    assert "two towers on one base" in broken_in(result.stdout)


def test_every_engine_is_listed_to_stand_apart() -> None:
    engines = {
        f"daemon.engines.{entry.name}"
        for entry in (REPO / "daemon" / "engines").iterdir()
        if (entry / "__init__.py").exists()
    }
    assert set(contracts()["engines apart"]["modules"]) == engines


def test_every_route_is_listed_to_stand_apart() -> None:
    routes = {f"daemon.routes.{route}" for route in RouteId}
    assert set(contracts()["routes apart"]["modules"]) == routes
    for route in RouteId:
        assert importlib.util.find_spec(f"daemon.routes.{route}")


def test_the_import_names_are_ours() -> None:
    """python-daemon ships a ``daemon`` too: installed beside us, it would be ours or we it."""
    owners = importlib.metadata.packages_distributions()
    for package in PACKAGES:
        spec = importlib.util.find_spec(package)
        assert spec is not None
        assert spec.origin == str(REPO / package / "__init__.py")
        assert set(owners.get(package, ["boothd"])) == {"boothd"}


def test_no_array_library_comes_with_the_control_tower() -> None:
    imports = "import daemon.cli.entry, daemon.runtime.app, daemon.bootstrap, admin"
    check = f"import sys; {imports}; print([m for m in {ARRAY_LIBRARIES!r} if m in sys.modules])"
    assert _python(check) == "[]"


def test_no_array_library_comes_with_any_command() -> None:
    check = (
        "import sys, importlib, importlib.util; from daemon.cli.entry import COMMANDS\n"
        "[importlib.import_module(m) for m in COMMANDS.values() if importlib.util.find_spec(m)]\n"
        f"print([m for m in {ARRAY_LIBRARIES!r} if m in sys.modules])"
    )
    assert _python(check) == "[]"


def test_no_array_library_comes_with_judging_options() -> None:
    check = (
        "import sys; from daemon.cli.route_options import options_of\n"
        "from daemon.domain.route import RouteId; [options_of(route) for route in RouteId]\n"
        f"print([m for m in {ARRAY_LIBRARIES!r} if m in sys.modules])"
    )
    assert _python(check) == "[]"


def _python(code: str) -> str:
    return subprocess.run(
        [sys.executable, "-c", code], cwd=REPO, capture_output=True, text=True, check=True
    ).stdout.strip()


# ── habits that no linter knows ───────────────────────────────────────────────────────────

# Where everything may be caught: the loop runner, the worker's job boundary, the web error
# handler; where five decoders meet hostile bytes, to be raised again as the file's fault; and
# the observer's handler, whose thread belongs to a library and would end without a word.
CATCH_ALL = frozenset(
    {
        "daemon/runtime/loop.py",
        "daemon/runtime/outbox_loop.py",
        "daemon/runtime/publishing.py",
        "daemon/worker/loop.py",
        "daemon/engines/desk.py",
        "daemon/engines/registry.py",
        "admin/api/problems.py",
        "daemon/imaging/decode.py",
        "daemon/runtime/arrivals.py",
    }
)


def sources() -> Iterator[Path]:
    for package in PACKAGES:
        yield from sorted((REPO / package).rglob("*.py"))


def test_only_named_places_catch_everything() -> None:
    found = set()
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ExceptHandler) and _catches_all(node):
                found.add(str(path.relative_to(REPO)))
    assert found <= CATCH_ALL


def _catches_all(node: ast.ExceptHandler) -> bool:
    kinds = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
    names = {getattr(kind, "id", None) for kind in kinds}
    if "BaseException" in names and any(isinstance(inner, ast.Raise) for inner in ast.walk(node)):
        return False  # tidies up and lets it pass
    return node.type is None or bool({"Exception", "BaseException"} & names)


def test_no_module_is_called_after_nothing() -> None:
    empty = {"utils", "util", "helpers", "helper", "common", "manager", "misc", "lib"}
    assert not [str(path) for path in sources() if path.stem in empty or path.parent.name in empty]


def test_every_package_says_what_lives_in_it() -> None:
    for path in sources():
        if path.name == "__init__.py":
            assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))), path


def test_modules_stay_readable() -> None:
    """400 lines is the house's most; codes, words, settings and the tables' columns are lists."""
    lists = {"codes.py", "model.py", "wording.py", "help.py", "tables.py"}
    long = {
        str(path.relative_to(REPO)): lines
        for path in sources()
        if path.name not in lists
        and (lines := len(path.read_text(encoding="utf-8").splitlines())) > 400
    }
    assert not long


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=REPO, capture_output=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout")
    names = listed.stdout.decode().split("\0")
    return [REPO / name for name in names if name and (REPO / name).is_file()]


# Put together from pieces, so that this file does not hold what it forbids.
FORBIDDEN = tuple(
    re.compile(pattern)
    for pattern in (
        "/" + r"work/(?:main|shared)|/" + r"root/\.",
        "index" + r"-url|extra-" + "index",
        r"https?://[\w.-]*(?:py" + r"pi|anaconda|conda|npmjs|pythonhosted)[\w.-]*/",
        r"--trusted-" + "host",
    )
)


def test_nothing_tells_of_this_machine_or_of_a_registry() -> None:
    found = []
    for path in tracked():
        try:
            content = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # a picture
        found += [f"{path}: {m.group()}" for p in FORBIDDEN if (m := p.search(content))]
    assert not found


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def pins() -> dict[str, str]:
    lines = (REPO / "constraints.txt").read_text(encoding="utf-8").splitlines()
    rows = [line.split("#")[0].strip() for line in lines]
    pairs = [row.split(";")[0].strip().split("==") for row in rows if row]
    return {_canonical(name): version for name, version in pairs}


def test_every_dependency_is_pinned() -> None:
    """Everything that ``make test`` and ``make check`` bring here has its one version."""
    wanted = _needed("boothd", frozenset({"dev", "postgres", "gpu", "codeformer"}))
    missing = sorted(name for name in wanted if name not in pins())
    assert not missing


def _needed(root: str, extras: frozenset[str]) -> set[str]:
    from packaging.requirements import Requirement

    seen: set[tuple[str, frozenset[str]]] = set()
    todo = [(root, extras)]
    while todo:
        name, chosen = todo.pop()
        if (name, chosen) in seen:
            continue
        seen.add((name, chosen))
        for text in importlib.metadata.requires(name) or []:
            one = Requirement(text)
            applies = any(
                one.marker is None or one.marker.evaluate({"extra": extra})
                for extra in (*chosen, "")
            )
            if applies and _is_installed(one.name):
                todo.append((_canonical(one.name), frozenset(one.extras)))
    return {name for name, _ in seen} - {root}


def _is_installed(name: str) -> bool:
    try:
        importlib.metadata.distribution(name)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True
