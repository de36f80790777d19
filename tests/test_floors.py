"""The order of the floors: what stands lower never knows what stands on it."""

import ast
import re
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.urls import URLResolver, get_resolver

FLOORS = [
    "registry",
    "documents",
    "workflow",
    "procurement",
    "acceptance",
    "assets",
    "financing",
    "accounting",
    "banbantong",
]
ROOT: Path = settings.ROOT


def above(floor: str) -> set[str]:
    return set(FLOORS[FLOORS.index(floor) + 1 :])


def sources(floor: str):
    return sorted(p for p in (ROOT / floor).rglob("*.py") if "migrations" not in p.parts)


def imported(path: Path):
    """Top-level packages that ``path`` imports anywhere, also inside functions and by string."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.split(".")[0]
        elif isinstance(node, ast.Call) and _loads_by_name(node.func):
            yield from (
                arg.value.split(".")[0]
                for arg in node.args
                if isinstance(arg, ast.Constant) and isinstance(arg.value, str)
            )


def _loads_by_name(function: ast.expr) -> bool:
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    return name in {"import_module", "import_string", "get_model", "__import__"}


@pytest.mark.parametrize("floor", FLOORS)
def test_imports_go_down(floor):
    upward = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in sources(floor)
        for name in imported(path)
        if name in above(floor)
    ]
    assert upward == []


@pytest.mark.parametrize("floor", FLOORS)
def test_foreign_keys_point_down(floor):
    upward = [
        f"{field} points at {field.related_model._meta.label}"
        for model in apps.get_app_config(floor).get_models()
        for field in model._meta.get_fields()
        if field.concrete and field.is_relation and field.related_model
        if field.related_model._meta.app_label in above(floor)
    ]
    assert upward == []


def hung_on(model, floor: str) -> set[str]:
    """Names that floors above ``floor`` hung on ``model`` (``line.room_pass`` …)."""
    names: set[str | None] = set()
    for field in model._meta.get_fields():
        backwards = field.auto_created and field.is_relation and not field.concrete
        if backwards and field.related_model._meta.app_label in above(floor):
            names |= {field.get_accessor_name(), field.name}
    return names - {None}


def _words(tree: ast.AST) -> set[str]:
    """Attribute names, and the parts of look-up keywords and strings (``a__b`` -> a, b)."""
    words: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            words.add(node.attr)
        elif isinstance(node, ast.keyword) and node.arg and "__" in node.arg:
            words.update(node.arg.split("__"))
        elif (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and re.fullmatch(r"-?\w+(__\w+)+", node.value)
        ):
            words.update(node.value.lstrip("-").split("__"))
    return words


def _defined(tree: ast.AST) -> set[str]:
    """Names that the source itself gives to something: variables, fields, functions."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Store):
            names.add(node.id if isinstance(node, ast.Name) else node.attr)
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.arg):
            names.add(node.arg)
    return names


@pytest.mark.parametrize("floor", FLOORS)
def test_reverse_names_are_not_used_from_below(floor):
    """A name hung from above, and given to nothing of the floor's own, is a look upwards."""
    models = list(apps.get_app_config(floor).get_models())
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in sources(floor)}
    own = set().union(*(set(dir(model)) - hung_on(model, floor) for model in models))
    for lower in FLOORS[: FLOORS.index(floor) + 1]:
        for path in sources(lower):
            own |= _defined(ast.parse(path.read_text(encoding="utf-8")))
    hung = set().union(*(hung_on(model, floor) for model in models)) - own
    upward = [
        f"{path.relative_to(ROOT)} uses {word}"
        for path, tree in trees.items()
        for word in sorted(_words(tree) & hung)
    ]
    assert upward == []


@pytest.mark.parametrize("floor", FLOORS)
def test_addresses_point_down(floor):
    """``reverse("assets:card")`` knows a floor as well as an import does."""
    name = re.compile(rf"({'|'.join(sorted(above(floor) | {'-'}))}):\w+")
    upward = [
        f"{path.relative_to(ROOT)}:{node.lineno} names {node.value}"
        for path in sources(floor)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        if name.fullmatch(node.value)
    ]
    assert upward == []


# --- addresses in templates -----------------------------------------------------------------
URL_TAG = re.compile(r"""\{%\s*url\s+["']([\w:.-]+)["']""")
# The roof's public names: the frame may link home and to the inbox, no other template may.
FRAME = {"home", "inbox"}


def doors(patterns, namespace: str = "") -> dict[str, str]:
    """url name (with namespace) -> top-level package of the view behind it."""
    found = {}
    for entry in patterns:
        if isinstance(entry, URLResolver):
            inner = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            found |= doors(entry.url_patterns, inner)
        elif entry.name:
            view = getattr(entry.callback, "view_class", entry.callback)
            found[namespace + entry.name] = view.__module__.split(".")[0]
    return found


def floor_of(template: Path) -> str:
    """``papers/`` belongs to documents; base templates and everything else to the ground."""
    first = template.relative_to(ROOT / "templates").parts[0]
    return {"papers": "documents"}.get(first, first if first in FLOORS else "registry")


def test_templates_link_down():
    floor_behind = doors(get_resolver().url_patterns)
    upward = []
    for template in sorted((ROOT / "templates").rglob("*.html")):
        floor = floor_of(template)
        for name in URL_TAG.findall(template.read_text(encoding="utf-8")):
            if name in FRAME and template.name.startswith("base"):
                continue
            if floor_behind.get(name) in above(floor):
                upward.append(f"{template.relative_to(ROOT)} links to {name}")
    assert upward == []


def test_every_linked_name_exists():
    known = doors(get_resolver().url_patterns)
    unknown = [
        f"{template.relative_to(ROOT)}: {name}"
        for template in sorted((ROOT / "templates").rglob("*.html"))
        for name in URL_TAG.findall(template.read_text(encoding="utf-8"))
        if name not in known
    ]
    assert unknown == []


# --- the test itself can fail ---------------------------------------------------------------
def test_an_import_hidden_in_a_function_is_seen(tmp_path):
    hidden = tmp_path / "hidden.py"
    hidden.write_text("def f():\n    from financing.models import Agreement\n", encoding="utf-8")
    assert "financing" in set(imported(hidden))


def test_an_import_by_name_is_seen(tmp_path):
    hidden = tmp_path / "hidden.py"
    hidden.write_text('apps.get_model("assets.AssetCard")\n', encoding="utf-8")
    assert "assets" in set(imported(hidden))
