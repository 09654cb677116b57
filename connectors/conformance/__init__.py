"""The suite that every connector passes; run it on yours, against a test server of your directory.

    FACTS = Facts(keys=("a1", "a2"), communes=(gazetteer().communes["21231"],))

    @pytest.mark.parametrize("check", CHECKS, ids=attrgetter("__name__"))
    async def test_conformance(check):
        await check(lambda: plugin.build(plugin.settings(), CONTEXT), FACTS)

A check opens connectors of its own, and raises `NotConforming` (an AssertionError) where the contract of
`connectors.contract` is not kept. What a connector says it can be asked (`info.asks`) is proved by facts.
"""

from connectors.conformance.answers import expect_record, pages
from connectors.conformance.behaviour import (
    cancelling_leaves_it_usable,
    errors_are_source_errors,
    info_is_constant,
    it_pings_and_closes,
)
from connectors.conformance.facts import Check, Factory, Facts, NotConforming
from connectors.conformance.gets import (
    get_gives_what_exists,
    get_leaves_out_what_is_unknown,
    get_takes_a_full_batch,
)
from connectors.conformance.searches import (
    a_departement_gives_its_communes,
    communes_give_what_lies_in_them,
    everywhere_gives_what_exists,
    narrowing_loses_nothing,
    relations_give_what_they_say,
)

__all__ = ["CHECKS", "Check", "Factory", "Facts", "NotConforming", "expect_record", "pages"]

CHECKS: tuple[Check, ...] = (
    info_is_constant,
    get_gives_what_exists,
    get_leaves_out_what_is_unknown,
    get_takes_a_full_batch,
    communes_give_what_lies_in_them,
    a_departement_gives_its_communes,
    everywhere_gives_what_exists,
    relations_give_what_they_say,
    narrowing_loses_nothing,
    errors_are_source_errors,
    cancelling_leaves_it_usable,
    it_pings_and_closes,
)
"""The checks, each under its own name."""
