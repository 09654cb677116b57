"""Pages as a browser without JavaScript sees them: elements, forms as they would be sent, what is said of a field.

Every page is looked through: it is whole, its ids are unique and lead somewhere, each field has a label, and nothing
stands in it that its policy would not let run.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

import httpx

VOID = frozenset({"meta", "link", "input", "br"})
TYPED = frozenset({"text", "email", "tel", "url", "password", "hidden"})

Attributes = dict[str, str]


@dataclass
class Element:
    """An element: its tag, its attributes, and all text in it."""

    tag: str
    attributes: Attributes
    inside: list["Element | str"] = field(default_factory=list)

    def __getitem__(self, name: str) -> str:
        return self.attributes[name]

    def get(self, name: str, otherwise: str = "") -> str:
        return self.attributes.get(name, otherwise)

    @property
    def text(self) -> str:
        """The text in it, with single spaces."""
        whole = "".join(part if isinstance(part, str) else f" {part.text} " for part in self.inside)
        return " ".join(whole.split())

    @property
    def all(self) -> Iterator["Element"]:
        """It and all elements in it, in order."""
        yield self
        for part in self.inside:
            if isinstance(part, Element):
                yield from part.all

    def named(self, *tags: str) -> list["Element"]:
        return [element for element in self.all if element.tag in tags]

    def with_id(self, id_: str) -> "Element":
        [found] = [element for element in self.all if element.get("id") == id_]
        return found


class Tree(HTMLParser):
    """The elements of a page; an element that is not closed where it should be is a fault."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.root = Element("", {})
        self._open = [self.root]
        self.feed(html)
        assert self._open == [self.root], [element.tag for element in self._open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), names
        element = Element(tag, {name: value or "" for name, value in attrs})
        self._open[-1].inside.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._open[-1].inside.append(Element(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop().tag == tag

    def handle_data(self, data: str) -> None:
        self._open[-1].inside.append(data)


@dataclass
class Page:
    """A page that was opened."""

    response: httpx.Response
    root: Element

    @property
    def status(self) -> int:
        return self.response.status_code

    @property
    def path(self) -> str:
        return self.response.url.path

    @property
    def title(self) -> str:
        [title] = self.root.named("title")
        return title.text

    @property
    def heading(self) -> str:
        [heading] = self.root.named("h1")
        return heading.text

    @property
    def text(self) -> str:
        """What is told in it, but its header."""
        [main] = self.root.named("main")
        return main.text

    def errors(self) -> dict[str, str]:
        """What the summary says is wrong, by the field that it leads to, beside which the same stands."""
        found = {}
        for box in (e for e in self.root.all if e.get("class") == "errors"):
            for item in box.named("li"):
                target = item.named("a")[0]["href"].partition("#")[2] if item.named("a") else ""
                found[target] = item.text.partition(" : ")[2] or item.text
        return found

    def described(self, id_: str) -> str:
        """What a field says besides its label: hint and errors."""
        element = self.root.with_id(id_)
        for holder in (element, *(e for e in self.root.named("fieldset") if element in e.all)):
            if names := holder.get("aria-describedby"):
                return " ".join(self.root.with_id(name).text for name in names.split())
        return ""

    def value(self, id_: str) -> str:
        """What stands in a field."""
        element = self.root.with_id(id_)
        if element.tag == "textarea":
            return "".join(map(str, element.inside)).removeprefix("\n")
        if element.tag == "select":
            return next((o["value"] for o in element.named("option") if "selected" in o.attributes), "")
        return element.get("value")

    def checked(self) -> list[str]:
        """The names, or names and values, of boxes and radios that are checked."""
        return [
            e["name"] if e["type"] == "checkbox" else f"{e['name']}={e['value']}"
            for e in self.root.named("input")
            if "checked" in e.attributes
        ]

    def link(self, text: str) -> str:
        """Where a link leads."""
        [found] = {e["href"] for e in self.root.named("a") if e.text == text}
        return found

    def form(self, button: str, near: str = "") -> tuple[Element, Element]:
        """The form that has a button of these words, beside some text, and the button."""
        found = [
            (form, b)
            for form in self.root.named("form")
            for b in form.named("button")
            if b.text == button and near in (b.get("aria-label") + form.text)
        ]
        assert found, (button, self.text)
        return found[0]


def filled(form: Element) -> dict[str, str]:
    """What a form would send as it stands."""
    fields: dict[str, str] = {}
    for element in form.all:
        name = element.get("name")
        if not name or element.tag == "button":
            continue
        if element.tag == "input" and element["type"] not in TYPED:
            if "checked" in element.attributes:
                fields[name] = element["value"]
        elif element.tag == "input":
            fields[name] = element.get("value")
        elif element.tag == "textarea":
            fields[name] = "".join(map(str, element.inside)).removeprefix("\n").replace("\n", "\r\n")
        elif element.tag == "select":
            fields[name] = next((o["value"] for o in element.named("option") if "selected" in o.attributes), "")
    return fields


def looked_through(response: httpx.Response) -> Page:
    """A page, whose form holds what every page must hold."""
    assert response.headers["content-type"] == "text/html; charset=utf-8", response.text
    page = Page(response, Tree(response.text).root)
    elements = list(page.root.all)
    ids = [e["id"] for e in elements if "id" in e.attributes]
    assert len(ids) == len(set(ids)), sorted(i for i in ids if ids.count(i) > 1)
    for e in elements:
        for name in ("aria-labelledby", "aria-describedby", "for"):
            assert set(e.get(name).split()) <= set(ids), e
        assert not e.get("href").startswith("#") or e["href"][1:] in ids, e
        assert not [name for name in e.attributes if name == "style" or name.startswith("on")], e
        assert e.tag != "style", e
        assert e.tag != "script" or e.get("src").startswith("/assets/"), e
        if e.tag in {"input", "textarea", "select"} and e.get("type") != "hidden":
            assert e["id"] in {label["for"] for label in page.root.named("label")}, e
        if e.get("aria-invalid"):
            assert "erreur" in e.get("aria-describedby") or "refus" in e.get("aria-describedby"), e
    assert [len(page.root.named(tag)) for tag in ("html", "title", "h1", "main", "header")] == [1] * 5
    assert page.root.named("html")[0]["lang"] == "fr"
    policy = response.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert not page.root.named("form") or "form-action 'self'" in policy
    if [e for e in page.root.named("button") if e.text == "Se déconnecter"]:
        assert response.headers["cache-control"] == "no-store"
        assert response.headers["referrer-policy"] == "same-origin"
    return page
