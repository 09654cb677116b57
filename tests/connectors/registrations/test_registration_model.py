"""Any sequence of steps, by anybody, against a model that says in a few lines what is to become of it."""

import asyncio
from dataclasses import dataclass, field

import pytest
from entered_forms import ANNE, BRUNO, MODERATOR, entered, make, opened
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from connectors.contract import Kind
from connectors.registrations import Remark, State
from connectors.registrations.errors import StaleRevision, UnknownRegistration, WrongState
from connectors.sqlite.once import KeyReused, Once

ACTORS = st.sampled_from([ANNE, BRUNO, MODERATOR])
NAMES = st.sampled_from(["un", "deux", "trois"])


@dataclass
class Model:
    owner: str
    state: State = State.DRAFT
    revision: int = 1
    name: str = ""
    shown: str | None = None
    keys: list[str] = field(default_factory=list)
    ever: set[str] = field(default_factory=set)
    steps: list[str] = field(default_factory=lambda: ["CREATED"])


class Registering(RuleBasedStateMachine):
    ids = Bundle("ids")

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.registry, self.store = opened()
        self.known: dict[str, Model] = {}
        self.gone: dict[str, list[str]] = {}
        self.told: list[tuple[str, str]] = []
        self.keys_used: dict[tuple[str, str], tuple[str, str]] = {}

    def run(self, step):
        return self.loop.run_until_complete(step)

    def teardown(self) -> None:
        self.run(self.registry.aclose())
        self.loop.close()

    def refusal(self, id_: str, by) -> type[Exception] | None:
        """What the model says of a step by somebody on a registration."""
        known = self.known.get(id_)
        return UnknownRegistration if known is None or not (by.moderates or known.owner == by.account) else None

    @rule(target=ids, by=ACTORS, name=NAMES, submit=st.booleans())
    def begin(self, by, name, submit):
        put = self.store.submit if submit else self.store.save_draft
        made = self.run(put(entered(name), by))
        state = State.SUBMITTED if submit else State.DRAFT
        assert (made.state, made.revision, made.owner, made.shown) == (state, 1, by.account, None)
        self.known[made.id] = Model(by.account, state, name=name)
        if submit:
            self.known[made.id].steps.append("SUBMITTED")
        return made.id

    @rule(id_=ids, by=ACTORS, name=NAMES, submit=st.booleans(), places=st.integers(1, 3))
    def enter(self, id_, by, name, submit, places):
        put = self.store.submit if submit else self.store.save_draft
        known = self.known.get(id_)
        wrong = self.refusal(id_, by) or (WrongState if known.state is State.WITHDRAWN else None)
        if wrong:
            with pytest.raises(wrong):
                self.run(put(entered(name, places=places), by, id_=id_))
            return
        made = self.run(put(entered(name, places=places), by, id_=id_))
        if known.state is not State.DRAFT:
            known.revision += 1
            if not submit:
                known.steps.append("REOPENED")
        if submit:
            known.steps.append("SUBMITTED")
        known.state, known.name = State.SUBMITTED if submit else State.DRAFT, name
        assert (made.state, made.revision, made.owner) == (known.state, known.revision, known.owner)

    @rule(id_=ids, behind=st.integers(0, 1), refuse=st.booleans())
    def decide(self, id_, behind, refuse):
        known = self.known.get(id_)
        revision = (known.revision if known else 1) - behind
        if refuse:
            step = self.store.refuse(id_, revision, MODERATOR, [Remark(code="OTHER", message="non")], "vu")
        else:
            step = self.store.validate(id_, revision, MODERATOR, make)
        wrong = None
        if known is None:
            wrong = UnknownRegistration
        elif known.state is not State.SUBMITTED:
            wrong = WrongState
        elif behind:
            wrong = StaleRevision
        if wrong:
            with pytest.raises(wrong):
                self.run(step)
            return
        made = self.run(step)
        known.state = made.state
        known.steps.append("REFUSED" if refuse else "VALIDATED")
        if refuse:
            assert made.state is State.REFUSED
            return
        assert made.shown is not None
        assert made.code is not None
        now = list(made.shown.keys.structures)
        kept = [key for key in now if key in known.keys]
        assert len(kept) == min(len(now), len(known.keys)), "places keep their keys"
        self.told += [("UPDATED", key) for key in kept]
        self.told += [("CREATED", key) for key in now if key not in kept]
        self.told += [("WITHDRAWN", key) for key in known.keys if key not in kept]
        known.keys, known.shown, known.ever = now, known.name, known.ever | set(now)

    @rule(id_=ids, by=ACTORS)
    def withdraw(self, id_, by):
        known = self.known.get(id_)
        wrong = self.refusal(id_, by) or (WrongState if known.state is State.WITHDRAWN else None)
        if wrong:
            with pytest.raises(wrong):
                self.run(self.store.withdraw(id_, by, "fin"))
            return
        made = self.run(self.store.withdraw(id_, by, "fin"))
        assert (made.state, made.shown) == (State.WITHDRAWN, None)
        self.told += [("WITHDRAWN", key) for key in known.keys]
        known.state, known.shown, known.keys = State.WITHDRAWN, None, []
        known.steps.append("WITHDRAWN")

    @rule(id_=ids, by=ACTORS)
    def erase(self, id_, by):
        if wrong := self.refusal(id_, by):
            with pytest.raises(wrong):
                self.run(self.store.erase([id_], by))
            return
        published = self.run(self.store.find(id_)).published
        self.run(self.store.erase([id_], by))
        known = self.known.pop(id_)
        assert set(published) == known.ever
        self.told += [("ERASED", key) for key in published]
        self.gone[id_] = [*known.steps, "ERASED"]

    @rule(by=st.sampled_from([ANNE, BRUNO]), key=st.sampled_from("ab"), name=NAMES)
    def begin_once(self, by, key, name):
        once = Once(owner=by.account, key=key, request=name.encode(), at=self.store._clock())
        first = self.keys_used.get((by.account, key))
        step = self.store.submit(entered(name), by, once=once)
        if first is not None and first[0] != name:
            with pytest.raises(KeyReused):
                self.run(step)
        elif first is not None and first[1] not in self.known:
            with pytest.raises(UnknownRegistration):
                self.run(step)
        else:
            made = self.run(step)
            if first is None:
                self.keys_used[by.account, key] = (name, made.id)
                self.known[made.id] = Model(by.account, State.SUBMITTED, name=name, steps=["CREATED", "SUBMITTED"])
            else:
                assert made.id == first[1]

    @invariant()
    def what_is_shown_is_what_was_validated(self):
        for id_, known in self.known.items():
            kept = self.run(self.store.find(id_))
            assert (kept.state, kept.revision, kept.form.name) == (known.state, known.revision, known.name)
            records = self.run(self.registry.get(Kind.STRUCTURE, list(known.ever)))
            assert set(records) == set(known.keys)
            assert {record.name for record in records.values()} == ({known.shown} if known.shown else set())
            assert [event.what.value for event in self.run(self.store.events_of(id_))] == known.steps
        for id_, steps in self.gone.items():
            assert self.run(self.store.find(id_)) is None
            assert [event.what.value for event in self.run(self.store.events_of(id_))] == steps

    @invariant()
    def the_feed_tells_it_in_order(self):
        log = self.run(self.store.changes_after(0, 10_000))
        assert [(c.kind.value, c.ids[0].removeprefix("registry--")) for c in log.changes] == self.told
        assert [c.seq for c in log.changes] == list(range(1, len(self.told) + 1))
        assert log.latest == len(self.told)


TestRegistering = Registering.TestCase
TestRegistering.settings = settings(max_examples=40, stateful_step_count=25)
