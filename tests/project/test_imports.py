"""Modules import each other one way, inside an app too, and inside functions too."""

import ast
import os
import subprocess
import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest
from django.apps import apps

ROOT = Path(__file__).parents[2]


def modules() -> dict[str, Path]:
    """Those of our apps, by name, but for migrations."""
    found = {}
    for folder in {Path(config.path) for config in apps.get_app_configs() if Path(config.path).parent == ROOT} | {
        ROOT / "common",
        ROOT / "roadmap",
    }:
        for path in folder.rglob("*.py"):
            if "migrations" not in path.parts:
                found[".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")] = path
    return found


def imports(tree: ast.AST, known: set[str]) -> set[str]:
    """What runs when a module is used; what only type checkers read is left out."""
    found: set[str] = set()
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{name.name}" if f"{node.module}.{name.name}" in known else node.module for name in node.names}
        elif isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        found |= imports(node, known)
    return found & known


def circle(graph: dict[str, set[str]]) -> list[str]:
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return error.args[1]
    return []


def test_no_modules_import_each_other_in_a_circle() -> None:
    known = modules()
    assert len(known) > 100
    graph = {name: imports(ast.parse(path.read_text()), {*known}) - {name} for name, path in known.items()}
    assert circle(graph) == []


@pytest.mark.parametrize(
    ("first", "found"),
    [
        ("from b import x", True),
        ("def f():\n    from b import x", True),
        ("if TYPE_CHECKING:\n    from b import x", False),
        ("import c", False),
    ],
)
def test_a_circle_is_found_where_it_runs(first, found) -> None:
    texts = {"a": first, "b": "import a", "c": ""}
    graph = {name: imports(ast.parse(text), {*texts}) - {name} for name, text in texts.items()}
    assert bool(circle(graph)) is found


def test_a_process_begins_without_what_few_ask_for() -> None:
    """Each of these is a tenth of what a web process weighs."""
    heavy = {"authlib", "fido2", "openpyxl", "weasyprint"}
    program = f"import sys; import roadmap.wsgi; print(*sorted({heavy} & {{*sys.modules}}))"
    env = os.environ | {"ENVIRONMENT": "local", "SITE_URL": "http://localhost:8000"}
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=env, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
