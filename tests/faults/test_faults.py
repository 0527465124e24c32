"""The quick part of the faults: kills at some points of a short search; the others are slow.

`python tests/faults/run.py` tries them all and prints figures.
"""

from __future__ import annotations

import pytest
from forked import Forker
from interposing import Judge, build, compiler
from random_kills import RandomKills
from searches import Place
from write_points import WritePoints


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Images, spaces and a cache of their own."""
    return Place.prepare(tmp_path_factory.mktemp("faults"))


@pytest.fixture(scope="module")
def forker(place):
    """One process that has imported everything, to fork searches from."""
    library = build(place.folder) if compiler() else None
    with Forker(place.folder, library) as forker:
        yield forker


@pytest.fixture(scope="module")
def points(place, forker):
    """A short search whose every change can be judged."""
    if compiler() is None:
        pytest.skip("there is no C compiler to build the interposed library with")
    with Judge(place.folder / "judge") as judge:
        yield WritePoints(place, forker, judge, "hyperband", "--no-retrain")


@pytest.mark.slow
def test_kills_at_changes_of_the_folder(points):
    """Some of the states that a kill can leave are resumed from; the long part takes them all."""
    found = points.kills(every=80)
    assert found.states >= 2
    assert {"open", "write", "fsync", "rename", "mkdir"} <= set(found.calls)
    assert found.counts.wrong == 0, found.counts.examples


@pytest.mark.slow
def test_a_kill_in_a_write(points):
    """All processes are killed with half of a write done, and the study goes on."""
    found = points.killed_for_real(every=150)
    assert found.moments >= 1
    assert found.counts.wrong == 0, found.counts.examples


@pytest.mark.slow
def test_random_kills(place, forker):
    """Nothing is lost, run again, refused, different or left behind after kills at random moments."""
    counts = RandomKills(place, forker).run(2, ("hyperband",))["hyperband"]
    assert counts.kills >= 2
    assert counts.wrong == 0, counts.examples


@pytest.mark.slow
def test_a_full_disk(points):
    """From some point on nothing can be written: one line or a recovery, and the study goes on afterwards."""
    found = points.full_disk(every=90)
    assert found.clear + found.recovered == found.moments >= 2
    assert found.counts.wrong == 0, found.counts.examples
