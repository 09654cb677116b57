"""The compiled executor: a validated operation becomes one small Python program, run level by level.

    document ─planner→ Plan ─printer→ source text ─compile→ program ─run→ data
                                                              │ any exception
                                                              └→ graphql-core, given what was already resolved

A program is optimistic: it knows only the way on which nothing fails. On anything else, an error to place as much as a
value that it does not know, graphql-core executes the same operation (`handover`): it places errors, orders them and
propagates nulls, because it is graphql-core. What the program had resolved is given to it, so that nothing is asked
of a directory twice. A program that ends has data equal to graphql-core's, and no errors.
"""

from hub.engine.executor import Compiled, CompiledExecutor, Executed
from hub.engine.reasons import Fallback, Reason

__all__ = ["Compiled", "CompiledExecutor", "Executed", "Fallback", "Reason"]
