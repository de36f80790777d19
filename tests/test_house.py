"""House rules that nobody has to be reminded of."""

import ast
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.utils.module_loading import autodiscover_modules
from test_floors import FLOORS
from viewflow.workflow import flow, lock

ROOT: Path = settings.ROOT
MOST_LINES_A_FILE = 400
MOST_LINES_A_FUNCTION = 40  # without signature and docstring; aim at 30
MOST_LINES_A_TEMPLATE = 150


def python_files(*folders: str):
    for folder in folders or (*FLOORS, "tests", "benchmarks"):
        yield from sorted(p for p in (ROOT / folder).rglob("*.py") if "migrations" not in p.parts)


def templates():
    return sorted(p for p in (ROOT / "templates").rglob("*") if p.is_file())


def lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


@pytest.mark.django_db
def test_no_migration_is_missing():
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_files_stay_readable_in_one_sitting():
    long = {
        str(path.relative_to(ROOT)): n
        for path in python_files()
        if (n := lines(path)) > MOST_LINES_A_FILE
    }
    assert long == {}


def body_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of what the function does: without its signature and its docstring."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return function.end_lineno - body[0].lineno + 1 if body else 0


def test_functions_fit_a_screen():
    long = {}
    for path in python_files(*FLOORS):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                n = body_lines(node)
                if n > MOST_LINES_A_FUNCTION:
                    long[f"{path.relative_to(ROOT)}:{node.name}"] = n
    assert long == {}


def test_templates_stay_short():
    long = {
        str(path.relative_to(ROOT)): n
        for path in templates()
        if (n := lines(path)) > MOST_LINES_A_TEMPLATE
    }
    assert long == {}


def test_no_junk_drawer():
    junk = {"utils", "util", "helpers", "helper", "common", "services", "misc"}
    found = [
        str(path.relative_to(ROOT))
        for floor in FLOORS
        for path in (ROOT / floor).rglob("*")
        if path.stem in junk and "__pycache__" not in path.parts
    ]
    assert found == []


# Looked up by Django or allauth under a fixed name, so no line of ours mentions them.
BY_CONVENTION = re.compile(
    r"^(400|403|403_csrf|404|429|500)\.html$"
    r"|^account/(login|password_change|messages/.*)\.(html|txt)$"
    r"|^(django_tables2|bootstrap5|django|viewflow)/"
)
LITERAL = re.compile(r"""["']([\w./{}-]+\.(?:html|txt|svg|css))["']""")


def mentioned() -> list[re.Pattern]:
    """Template names in code and templates; ``{…}`` of an f-string stands for any one word."""
    texts = [p.read_text(encoding="utf-8") for p in [*python_files(*FLOORS), *templates()]]
    names = {name for text in texts for name in LITERAL.findall(text)}
    return [
        re.compile(re.sub(r"\\\{[^}]*\\\}", r"[\\w-]+", re.escape(name)) + "$") for name in names
    ]


def test_no_template_is_unused():
    patterns = mentioned()
    unused = []
    for path in templates():
        name = path.relative_to(ROOT / "templates").as_posix()
        if not BY_CONVENTION.match(name) and not any(p.match(name) for p in patterns):
            unused.append(name)
    assert unused == []


# --- flows ----------------------------------------------------------------------------------
def own_flows() -> list[type]:
    autodiscover_modules("flows")
    found, queue = [], [flow.Flow]
    while queue:
        for child in queue.pop().__subclasses__():
            queue.append(child)
            if child.__module__.split(".")[0] in FLOORS:
                found.append(child)
    return found


def test_every_flow_stands_on_the_house_base_and_takes_the_row_lock():
    """viewflow's default is no lock at all: parallel joins then duplicate or get lost."""
    from workflow.flows import Flow

    flows = own_flows()
    assert len(flows) > 1
    for each in flows:
        assert issubclass(each, Flow), each
        assert isinstance(each.lock_impl, lock.SelectForUpdateLock), each


# --- what the repository may hold -----------------------------------------------------------
def test_no_front_end_package_is_kept_here():
    """npm brings them into static/vendor, which git ignores."""
    ours = [p for p in (ROOT / "static").rglob("*") if p.is_file() and "vendor" not in p.parts]
    minified = [str(p.relative_to(ROOT)) for p in ours if ".min." in p.name]
    assert minified == []


def test_no_inline_script_or_handler_in_templates():
    """The content security policy blocks them; the page would be dead without a word."""
    bad = re.compile(
        r"<script(?![^>]*(?:\bsrc=|nonce=|type=\"application/json\"))|\son(?:click|submit|change|load|input)\s*=|javascript:",
        re.IGNORECASE,
    )
    found = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in templates()
        for match in bad.finditer(path.read_text(encoding="utf-8"))
    ]
    assert found == []


def test_every_static_file_named_in_a_template_exists():
    from django.contrib.staticfiles import finders

    tag = re.compile(r"""\{%\s*static\s+["']([^"'{]+)["']""")
    missing = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in templates()
        for name in tag.findall(path.read_text(encoding="utf-8"))
        if not finders.find(name)
    ]
    assert missing == []
