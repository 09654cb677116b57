"""From a plan to the text of its program.

What lasts (see plan.py) needs no record of what was resolved, since it may be resolved again: its selection is printed
as a function from one object to its dict, with all that is below in place. Any other selection is a function from
objects to dicts, and each of its fields that is more than a plain attribute a function from the parents to its
completed column. Both are coroutines where something below is awaited. Objects of the schema (resolvers, types) are
constants `k0`, `k1`, …: no name or value of a document but the keys of its answer is ever part of the text.
"""

from dataclasses import dataclass
from hashlib import blake2b

from hub.engine.plan import (
    Attribute,
    Call,
    Completion,
    Field,
    Items,
    Leaf,
    Objects,
    OneOf,
    Selection,
    Typename,
    When,
    described,
)
from hub.engine.values import Sight, Values

ENTRY = "answer"
"""The function of a program: from a run and the roots to their dicts."""


@dataclass(frozen=True, slots=True)
class Printed:
    """The text of a program, and the constants k0, k1, … that it names."""

    text: str
    constants: tuple[object, ...]


def printed(selection: Selection, values: Values) -> Printed:
    """The program of a plan."""
    printer = _Printer(values)
    entry = printer.selection(selection)
    text = "\n\n".join([*printer.functions, f"{ENTRY} = {entry}"])
    return Printed(text + "\n", tuple(printer.constants))


class _Printer:
    def __init__(self, values: Values) -> None:
        self._values = values
        self._constants: dict[int, str] = {}
        self._names: dict[str, str] = {}
        self._selections: dict[int, str] = {}
        self._objects: dict[int, str] = {}
        self._keys: dict[int, str] = {}
        self.constants: list[object] = []
        self.functions: list[str] = []

    def constant(self, value: object) -> str:
        name = self._constants.get(id(value))
        if name is None:
            name = self._constants[id(value)] = f"k{len(self.constants)}"
            self.constants.append(value)
        return name

    def _function(self, comment: str, waits: bool, steps: list[str], given: str = "parents") -> str:
        """Print a function, unless one like it is there; its name."""
        rest = "\n    ".join([f"(run, {given}):  # {comment}", *steps])
        name = self._names.get(rest)
        if name is None:
            name = self._names[rest] = f"f{len(self.functions)}"
            self.functions.append(f"{'async ' if waits else ''}def {name}{rest}")
        return name

    def selection(self, selection: Selection) -> str:
        """Print a function from objects of one type to dicts; its name."""
        name = self._selections.get(id(selection))
        if name is None:
            name = self._selections[id(selection)] = self._dicts(selection)
        return name

    def _shown(self, selection: Selection, column: str) -> str:
        """The expression of what becomes of a column of objects of one type; to be awaited when the selection waits."""
        if not selection.lasting:
            return f"{self.selection(selection)}(run, {column})"
        if self._key(selection):
            return self._kept(selection, column)
        return f"[{self._told(selection)}(run, o) for o in {column}]"

    def _kept(self, selection: Selection, column: str) -> str:
        """The same of objects that keep JSON of theirs."""
        return f"kept(run, {column}, {self._key(selection)!r}, {self._told(selection)})"

    def _key(self, selection: Selection) -> str | None:
        """What objects keep their JSON by; None for those that keep none."""
        if not self._values.object(selection.type).keep:
            return None
        key = self._keys.get(id(selection))
        if key is None:
            text = "\n".join(described(selection))
            key = self._keys[id(selection)] = blake2b(text.encode(), digest_size=12).hexdigest()
        return key

    def _told(self, selection: Selection) -> str:
        """Print a function from one object to its dict; its name."""
        name = self._objects.get(id(selection))
        if name is None:
            known = self._values.object(selection.type)
            check = f"{self.constant(known)}.check_one(o, run.info)"
            entries = [f"        {f.key!r}: {self._value(f)}," for f in selection.fields]
            steps = [f"if type(o) not in {self.constant(known.seen)}:", f"    {check}"]
            steps.append("\n".join(["return {", *entries, "    }"]))
            name = self._objects[id(selection)] = self._function(selection.type.name, False, steps, "o")
        return name

    def _value(self, field: Field) -> str:
        """The expression of a field of the object `o`, completed."""
        origin, completion = field.origin, field.completion
        if isinstance(origin, Typename):
            return repr(origin.name)
        value = f"o.{origin.name}" if isinstance(origin, Attribute) else self._call(origin)
        if isinstance(completion, Leaf):
            return self._leaf(completion, value)
        if completion.nullable:
            return f"None if (v := {value}) is None else {self._one(completion, 'v')}"
        return self._one(completion, value)

    def _one(self, completion: Items | Objects | OneOf, value: str) -> str:
        """The expression of a completed value that is not null."""
        match completion:
            case Items(Objects(selection, nullable=False)) if self._key(selection):
                return self._kept(selection, f"listed({value})")
            case Items(item):
                return f"[{self._item(item)} for a in listed({value})]"
            case Objects(selection) if self._key(selection):
                return f"kept_one(run, {value}, {self._key(selection)!r}, {self._told(selection)})"
            case Objects(selection):
                return f"{self._told(selection)}(run, {value})"
            case OneOf(type=type_, cases=cases):
                kinds = self.constant(self._values.abstract(type_))
                told = ", ".join(f"{case.type.name!r}: {self._told(case)}" for case in cases)
                return f"one_of(run, {value}, {kinds}, {{{told}}})"

    def _item(self, item: Completion) -> str:
        """The expression of the item `a` of a list, completed: it binds no name, as comprehensions want it."""
        if isinstance(item, Leaf):
            return self._leaf(item, None)
        return f"None if a is None else {self._one(item, 'a')}" if item.nullable else self._one(item, "a")

    def _dicts(self, selection: Selection) -> str:
        columns = [field for field in selection.fields if not field.lasting]
        calls = {f.key: f"{self._column(selection.type.name, f)}(run, parents)" for f in columns}
        names = {key: f"c{number}" for number, key in enumerate(calls)}
        # without parents, stop: a selection is one function however many ways lead to it, and all would be walked
        steps = ["if not parents:", "    return []"] if columns else []
        steps += [f"{names[f.key]} = {calls[f.key]}" for f in columns if not f.waits]
        steps += _awaited({names[f.key]: calls[f.key] for f in columns if f.waits})
        entries = [f"        {f.key!r}: {names.get(f.key) or self._value(f)}," for f in selection.fields]
        every = f"o, {', '.join(names.values())} in zip(parents, {', '.join(names.values())})"
        steps.append("\n".join(["return [{", *entries, f"    }} for {every if names else 'o in parents'}]"]))
        return self._function(selection.type.name, selection.waits, steps)

    def _column(self, type_: str, field: Field) -> str:
        """Print a function from the parents to a completed column; its name."""
        steps = [f"v0 = {self._asked(field)}"]
        done = self._completed(field.completion, "v0", steps)
        return self._function(f"{type_}.{field.name}", field.waits, [*steps, f"return {done}"])

    def _asked(self, field: Field) -> str:
        """The expression of a raw column."""
        origin = field.origin
        if not isinstance(origin, Call):
            return f"[o.{origin.name} for o in parents]"
        call = self._call(origin)
        what = f"{field.name!r}, {origin.arguments}, parents"
        match origin.when:
            case When.BATCHED:
                return f"await run.ask_batch({what}, {call})"
            case When.AWAITED:
                return f"await run.ask({what}, [{call} for o in parents])"
        return f"run.keep({what}, [{call} for o in parents])"

    def _call(self, origin: Call) -> str:
        """The expression that calls a resolver."""
        named = [f"{name}={value.value}" for name, value in origin.named]
        spread = [] if origin.arguments is None else [f"**run.arguments[{origin.arguments}]"]
        given = ", ".join([*(value.value for value in origin.positional), *named, *spread])
        return f"{self.constant(origin.function)}({given})"

    def _completed(self, completion: Completion, column: str, steps: list[str]) -> str:
        """Print the steps that complete a column; the name of what comes out."""
        if isinstance(completion, Leaf):
            return _step(steps, f"[{self._leaf(completion, None)} for a in {column}]")
        if not completion.nullable:
            return self._whole(completion, column, steps)
        there = _step(steps, f"present({column})")
        return _step(steps, f"with_nulls({column}, {self._whole(completion, there, steps)})")

    def _whole(self, completion: Items | Objects | OneOf, column: str, steps: list[str]) -> str:
        """The same for a column without nulls."""
        match completion:
            case Items(item):
                items = _step(steps, f"flat({column})")
                return _step(steps, f"regrouped({column}, {self._completed(item, items, steps)})")
            case Objects(selection):
                check = self.constant(self._values.object(selection.type))
                steps.append(f"{check}.check({column}, run.info)")
                wait = "await " if selection.waits else ""
                return _step(steps, f"{wait}{self._shown(selection, column)}")
            case OneOf():
                return self._cases(completion, column, steps)

    def _cases(self, completion: OneOf, column: str, steps: list[str]) -> str:
        kinds = _step(steps, f"{self.constant(self._values.abstract(completion.type))}.kinds({column}, run.info)")
        calls = {}
        for case in completion.cases:
            own = _step(steps, f"[o for o, kind in zip({column}, {kinds}) if kind == {case.type.name!r}]")
            calls[case.type.name] = self._shown(case, own), case.waits
        done = {name: _step(steps, call) for name, (call, waits) in calls.items() if not waits}
        waiting = {name: f"v{len(steps)}_{name}" for name, (_, waits) in calls.items() if waits}
        steps += _awaited({variable: calls[name][0] for name, variable in waiting.items()})
        pairs = ", ".join(f"{name!r}: {variable}" for name, variable in {**done, **waiting}.items())
        return _step(steps, f"chosen({kinds}, {{{pairs}}})")

    def _leaf(self, leaf: Leaf, value: str | None) -> str:
        """The expression of a completed leaf: of `value`, or of the name `a` when it is there already."""
        known = self._values.leaf(leaf.type)
        first = "a" if value is None else f"(a := {value})"
        careful = self.constant(known.careful)
        if leaf.nullable:
            rest = self._leaf(Leaf(leaf.type, nullable=False), None)
            return f"None if {first} is None else {rest}"
        match known.sight:
            case Sight.NEVER:
                return f"{careful}({first})"
            case Sight.TABLE:
                table, members = self.constant(known.table), self.constant(known.known)
                return f"{table}[a] if type({first}) is {members} else {careful}(a)"
            case Sight.INT:
                test = f"type({first}) is int and -2147483648 <= a <= 2147483647"
            case Sight.FLOAT:
                test = f"type({first}) is float and a - a == 0.0"
            case Sight.CLASS:
                test = f"type({first}) is {known.known.__name__ if known.known else None}"
        return f"a if {test} else {careful}(a)"


def _step(steps: list[str], expression: str) -> str:
    name = f"v{len(steps)}"
    steps.append(f"{name} = {expression}")
    return name


def _awaited(calls: dict[str, str]) -> list[str]:
    """The statement that awaits calls, side by side when there are several."""
    if not calls:
        return []
    names = ", ".join(calls)
    if len(calls) == 1:
        return [f"{names} = await {calls[names]}"]
    return [f"{names} = await together({', '.join(calls.values())})"]
