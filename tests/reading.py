"""A page as a person meets it: its words, its links, and forms to fill in and send.

>>> page = Page(answer.content.decode(), "/tasks/7/")
>>> page.form("提交").fill(decision="pass").post(browser)
"""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser

VOID = {"input", "br", "hr", "img", "link", "meta", "source", "col", "wbr"}
UNSEEN = {"script", "style", "template", "head"}


class Node:
    """One element of a page."""

    def __init__(self, tag: str = "", attrs=(), parent: Node | None = None):
        self.tag, self.attrs, self.parent = tag, dict(attrs), parent
        self.children: list[Node | str] = []

    def __getitem__(self, name: str) -> str:
        return self.attrs.get(name) or ""

    @property
    def text(self) -> str:
        """The words inside, blanks collapsed."""
        return " ".join("".join(self._words()).split())

    def _words(self) -> Iterator[str]:
        for child in self.children:
            if isinstance(child, str):
                yield child
            elif child.tag not in UNSEEN:
                yield " "
                yield from child._words()
                yield " "

    def all(self, tag: str = "", css: str = "", **attrs) -> list[Node]:
        """Elements inside with that tag, class and attributes, in the order of the page."""
        return [node for node in self._inside() if node._is(tag, css, attrs)]

    def first(self, tag: str = "", css: str = "", **attrs) -> Node:
        found = self.all(tag, css, **attrs)
        assert found, f"no <{tag} class={css} {attrs}> in: {self.text[:600]}"
        return found[0]

    def _is(self, tag: str, css: str, attrs: dict) -> bool:
        return (
            (not tag or self.tag == tag)
            and (not css or css in self["class"].split())
            and all(self[name] == value for name, value in attrs.items())
        )

    def _inside(self) -> Iterator[Node]:
        for child in self.children:
            if isinstance(child, Node) and child.tag != "template":
                yield child
                yield from child._inside()

    def under(self, tag: str) -> Node | None:
        """The nearest element around this one."""
        node = self.parent
        while node is not None and node.tag != tag:
            node = node.parent
        return node


class _Builder(HTMLParser):
    def __init__(self):
        super().__init__()
        self.root = self.here = Node()

    def handle_starttag(self, tag, attrs):
        node = Node(tag, attrs, self.here)
        self.here.children.append(node)
        if tag not in VOID:
            self.here = node

    def handle_endtag(self, tag):
        node = self.here
        while node.parent is not None and node.tag != tag:
            node = node.parent
        if node.parent is not None:
            self.here = node.parent

    def handle_data(self, data):
        self.here.children.append(data)


class Page(Node):
    """A whole page, and where it was found."""

    def __init__(self, html: str, url: str = ""):
        super().__init__()
        builder = _Builder()
        builder.feed(html)
        self.children = builder.root.children
        for child in self.children:
            if isinstance(child, Node):
                child.parent = self
        self.url = url

    @property
    def heading(self) -> str:
        return self.first("h1").text

    @property
    def messages(self) -> list[str]:
        """What the site says about the last act."""
        return [node.text for node in self.all(css="note")]

    @property
    def errors(self) -> list[str]:
        """What the page wants changed."""
        summary = self.all(css="mistakes")
        found = [line.text for box in summary for line in box.all("li")]
        return found + [node.text for node in self.all(css="invalid-feedback")]

    def link(self, words: str) -> str:
        """The address behind the first link that says just ``words``, or else contains them."""
        links = [a for a in self.all("a") if words in a.text]
        found = [a["href"] for a in sorted(links, key=lambda a: a.text != words)]
        assert found, f"no link “{words}” on {self.url}: {[a.text for a in self.all('a')]}"
        return found[0]

    @property
    def count(self) -> int:
        """The number above a list."""
        return int(self.first(css="list-count").first("b").text)

    @property
    def totals(self) -> dict[str, str]:
        """What stands in the foot of a list, by column."""
        return {td["data-label"].removesuffix("合计"): td.text for td in self._foot()}

    def _foot(self) -> list[Node]:
        return [td for foot in self.all("tfoot") for td in foot.all("td") if td.text]

    def form(self, button: str) -> Form:
        """The form that has a button with these words."""
        for node in self.all("button"):
            around = node.under("form")
            if button in node.text and around is not None and around["method"].lower() == "post":
                return Form(self, around, node)
        raise AssertionError(
            f"no button “{button}” on {self.url}: {[b.text for b in self.all('button')]}"
        )


class Form:
    """A form as the browser shows it first; ``fill`` only what it offers, then ``post``."""

    def __init__(self, page: Page, node: Node, button: Node):
        self.page, self.node, self.button = page, node, button
        self.values: dict[str, list[str]] = {}
        self.choices: dict[str, set[str]] = {}
        self.files: set[str] = set()
        outside = [n for n in page.all() if node["id"] and n["form"] == node["id"]]
        for field in [*node.all(), *outside]:
            self._take(field)
        if button["name"]:
            self.values[button["name"]] = [button["value"]]

    def _take(self, field: Node) -> None:
        name = field["name"]
        if not name or "disabled" in field.attrs:
            return
        if field.tag == "select":
            options = field.all("option")
            chosen = [o["value"] for o in options if "selected" in o.attrs]
            self.choices[name] = {o["value"] for o in options}
            self.values[name] = chosen or [o["value"] for o in options[:1]]
        elif field.tag == "textarea":
            self.values[name] = ["".join(c for c in field.children if isinstance(c, str)).strip()]
        elif field.tag == "input" and field["type"] in ("radio", "checkbox"):
            value = field["value"] or "on"
            self.choices.setdefault(name, set()).add(value)
            self.values.setdefault(name, [])
            if "checked" in field.attrs:
                self.values[name].append(value)
        elif field.tag == "input" and field["type"] == "file":
            self.files.add(name)
        elif field.tag == "input":
            self.values[name] = [field["value"]]

    def names(self, start: str) -> list[str]:
        """Names of the fields that begin with ``start``, in the order of the page."""
        return [name for name in self.values if name.startswith(start)]

    def fill(self, **data) -> Form:
        for name, value in data.items():
            given = [str(one) for one in (value if isinstance(value, list) else [value])]
            if name in self.files:
                self.values[name] = [value]
                continue
            assert name in self.values, f"{self.page.url} asks for no “{name}”: {list(self.values)}"
            if name in self.choices:
                assert set(given) <= self.choices[name], f"{name}: {given} of {self.choices[name]}"
            self.values[name] = given
        return self

    def tick(self, *names: str) -> Form:
        for name in names:
            assert name in self.choices, f"{self.page.url} has no box “{name}”: {list(self.values)}"
            self.values[name] = sorted(self.choices[name])
        return self

    @property
    def action(self) -> str:
        return self.node["action"] or self.page.url

    def post(self, browser, **extra):
        """Send it; returns the answer, followed."""
        return browser.post(self.action, self.values, follow=True, **extra)
