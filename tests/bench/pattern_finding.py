"""Every regular expression of the program: those its modules hold once imported, and those its functions write out."""

import ast
import importlib
import inspect
import pkgutil
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import FunctionType, ModuleType
from typing import Any, Final

PACKAGES: Final = ("connectors", "resolvers", "hub")

METHODS: Final = frozenset({"fullmatch", "match", "search", "sub", "subn", "split", "findall", "finditer"})
"""What is done with a pattern, in `re` and in its own methods alike."""

MADE: Final[Mapping[tuple[str, str], tuple[str, ...]]] = {
    ("connectors.annuaire_sante.address", "(?:^|(?<=[\\s,;-])){postal_code}\\b"): (r"(?:^|(?<=[\s,;-]))21000\b",),
    ("connectors.monenfant.places", "(?<=[\\s,]){re.escape(city)}\\Z"): (
        r"(?<=[\s,])Saint\-Denis\Z",
        r"(?<=[\s,])aaaa\Z",
    ),
    ("connectors.declared.values", "form"): (r"[0-9]{4,5}", r"([0-9]{2}|2[AB])[0-9]{3}|[0-9]{4}"),
    ("resolvers.types.scalars", "pattern"): (),  # compiled into the scalars, where they are found
}
"""Module and expression of the patterns that are made of something else -> what they come to."""


@dataclass(frozen=True, slots=True)
class Found:
    """A pattern, where it stands (module, or module and line), and what is done with it."""

    where: str
    pattern: re.Pattern[Any]
    methods: frozenset[str]


class Unknown(Exception):
    """An expression makes a pattern of which nobody said what it comes to: add it to `MADE`."""


def modules() -> Iterator[ModuleType]:
    """Every module of the program, imported."""
    for name in PACKAGES:
        package = importlib.import_module(name)
        yield package
        for found in pkgutil.walk_packages(package.__path__, f"{name}."):
            if not found.name.endswith("__main__"):
                yield importlib.import_module(found.name)


def patterns() -> list[Found]:
    """All patterns, each once for each place."""
    everything = list(modules())
    uses = _uses(everything)
    found = [item for module in everything for item in _held(module, uses)]
    return [*found, *(item for module in everything for item in _written(module))]


def _tree(module: ModuleType) -> ast.Module:
    return ast.parse(inspect.getsource(module) if module.__file__ else "")


def _uses(everything: list[ModuleType]) -> Mapping[str, frozenset[str]]:
    """Name of a variable, or of a module -> the methods of patterns that are called on it, or in it on anything."""
    uses: dict[str, set[str]] = defaultdict(set)
    for module in everything:
        for node in ast.walk(_tree(module)):
            if isinstance(node, ast.Attribute) and node.attr in METHODS and ast.unparse(node.value) != "re":
                uses[ast.unparse(node.value).rpartition(".")[2]].add(node.attr)
                uses[module.__name__].add(node.attr)
    return {name: frozenset(methods) for name, methods in uses.items()}


def _held(module: ModuleType, uses: Mapping[str, frozenset[str]]) -> Iterator[Found]:
    """The compiled patterns that a module's variables hold, in whatever they are."""
    for name, value in vars(module).items():
        for pattern in _inside(value, set()):
            methods = uses.get(name) if isinstance(value, re.Pattern) else uses.get(module.__name__)
            yield Found(f"{module.__name__}.{name}", pattern, methods or frozenset({"fullmatch", "search"}))


def _inside(value: Any, seen: set[int]) -> Iterator[re.Pattern[Any]]:
    if id(value) in seen:
        return
    seen.add(id(value))
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _inside(inner, seen)
    elif isinstance(value, list | tuple | set | frozenset):
        for inner in value:
            yield from _inside(inner, seen)
    elif isinstance(value, FunctionType):
        for cell in value.__closure__ or ():
            yield from _inside(cell.cell_contents, seen)
    elif type(value).__name__ == "ScalarDefinition":
        yield from _inside(value.parse_value, seen)


def _written(module: ModuleType) -> Iterator[Found]:
    """The patterns that functions give to `re` when they run."""
    for node in ast.walk(_tree(module)):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        if ast.unparse(node.func.value) != "re" or node.func.attr not in METHODS | {"compile"}:
            continue
        if node.func.attr == "compile" and _runs_at_import(module, node):
            continue  # held by the module
        made = _made(module, node.args[0])
        methods = frozenset({node.func.attr}) - {"compile"} or frozenset({"fullmatch", "search"})
        for pattern in made:
            yield Found(f"{module.__name__}:{node.lineno}", re.compile(pattern, _flags(node)), methods)


def _made(module: ModuleType, expression: ast.expr) -> tuple[str | bytes, ...]:
    if isinstance(expression, ast.Constant):
        return (expression.value,)
    text = _text(expression)
    if (module.__name__, text) in MADE:
        return MADE[module.__name__, text]
    if isinstance(expression, ast.Name) and isinstance(vars(module).get(text), str):
        return (vars(module)[text],)
    raise Unknown(f"{module.__name__}:{expression.lineno}: {text}")


def _text(expression: ast.expr) -> str:
    """An f-string as it is written inside its quotes; another expression as it is."""
    if not isinstance(expression, ast.JoinedStr):
        return ast.unparse(expression)
    parts = (p.value if isinstance(p, ast.Constant) else f"{{{ast.unparse(p.value)}}}" for p in expression.values)
    return "".join(parts)


def _runs_at_import(module: ModuleType, expression: ast.expr) -> bool:
    functions = (
        n for n in ast.walk(_tree(module)) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
    )
    return not any(f.lineno <= expression.lineno <= (f.end_lineno or 0) for f in functions)


def _flags(call: ast.Call) -> int:
    """The flags that a call names: re.ASCII and the like, wherever they stand."""
    given = [*call.args[1:], *(keyword.value for keyword in call.keywords)]
    names = [
        n.attr
        for g in given
        for n in ast.walk(g)
        if isinstance(n, ast.Attribute) and n.attr in re.RegexFlag.__members__
    ]
    return int(sum(re.RegexFlag[name] for name in set(names)))
