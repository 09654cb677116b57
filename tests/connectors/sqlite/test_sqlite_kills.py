"""Writers killed at any moment: what was acknowledged is there, once and whole, and nothing is there by half."""

import random

from acknowledged_writes import Acknowledged, killed_after, writers, wrong

KILLS = 15


async def test_nothing_acknowledged_is_lost_doubled_or_altered(tmp_path):
    so_far, chance = Acknowledged(), random.Random(15)
    with writers() as process:
        for _ in range(KILLS):
            writes = chance.randint(1, 12)
            assert killed_after(process, tmp_path, so_far, writes) >= writes
            assert await wrong(tmp_path, so_far) == []
    assert so_far.first > 0
