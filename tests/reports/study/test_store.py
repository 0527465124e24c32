"""The store: one reader of the log, which then follows what is appended."""

import contextlib
from dataclasses import replace

import pytest

from transfertune.reports import (
    Death,
    Fit,
    FurtherFits,
    Move,
    Places,
    Resume,
    Start,
    StudyError,
    load_study,
    open_store,
)
from transfertune.reports.study.facts import StudyFacts
from transfertune.reports.study.log import StudyLog
from transfertune.reports.study.records import KINDS, as_line, from_line


def test_facts_follow_the_log(new_study, new_trial):
    """After every kind of record the store says what a fresh reader of the folder says."""
    folder = new_study([new_trial(1)], retrain=True)
    with open_store(folder) as store:
        header = store.facts.header
        fit = Fit(1, 1, 0, 0.5, {"loss": float("nan")})
        for record in (
            Start(2, "search", {"backbone": "resnet50"}, {"name": "random"}),
            Death(2, "killed by signal 9"),
            FurtherFits(1, (Fit(1, 1, 0, 0.5),), 0.6, 0.4, 2.0),
            Resume(header.limits, "again", {"keras": "4"}, "now"),
            Move(replace(header.places, root="/elsewhere"), "now"),
            new_trial(2),
            Start(3, "search", {}),
            *store.facts.retrains,
            FurtherFits(2, (fit,), 0.6),
        ):
            store.append(record)
            assert repr(vars(store.facts)) == repr(
                {name: vars(load_study(folder))[name] for name in vars(store.facts)}
            )
        facts = store.facts
    assert [start.number for start in facts.begun] == [3]
    assert facts.deaths == {2: ("killed by signal 9",)}
    assert [len(trial.fits) for trial in facts.trials] == [2, 2]
    assert facts.header.command == "again"
    assert facts.header.places == Places("", "/elsewhere", "imagenet")
    assert len(facts.retrains) == 2


def test_the_log_is_read_once(new_study, new_trial, monkeypatch):
    """However much is appended and asked for."""
    folder, reads = new_study([new_trial(1)]), []
    read = StudyLog.read
    monkeypatch.setattr(StudyLog, "read", lambda log: reads.append(log) or read(log))
    with open_store(folder) as store:
        store.begin(store.facts.header, _no_images(store.facts))
        store.append(new_trial(2))
        assert len(store.facts.trials) == 2
    assert len(reads) == 1


def test_what_was_appended_before_the_lock_is_read(new_study, new_trial, monkeypatch):
    """A writer that ends between the first look at the log and the lock loses nothing."""
    folder = new_study([new_trial(1)])

    @contextlib.contextmanager
    def late(folder):
        StudyLog(folder / "trials.jsonl").append(as_line(new_trial(2)))
        yield

    monkeypatch.setattr("transfertune.reports.study.store.only_writer", late)
    with open_store(folder) as store:
        assert len(store.facts.trials) == 2


def test_a_torn_line_is_reported_until_it_is_cut(new_study, new_trial):
    """The store says what a reader of the folder would say."""
    folder = new_study([new_trial(1)])
    with (folder / "trials.jsonl").open("ab") as file:
        file.write(b'{"kind": "tri')
    with open_store(folder) as store:
        assert store.facts.notices == load_study(folder).notices != ()
        store.append(new_trial(2))
        assert store.facts.notices == load_study(folder).notices == ()


def test_another_search_is_refused_and_nothing_is_written(new_study, tmp_path):
    """The files of the study that is there stay as they were."""
    folder, other = new_study(), load_study(new_study(name="other", seed=5))
    before = {path: path.read_bytes() for path in folder.iterdir()}
    with (
        pytest.raises(StudyError, match=r"--seed \(0 there, 5"),
        open_store(folder, other.header),
    ):
        pytest.fail("two searches in one study")
    assert {path: path.read_bytes() for path in folder.iterdir()} == before
    with open_store(folder) as store, pytest.raises(StudyError, match=r"--seed \(0 there, 5"):
        store.begin(other.header, _no_images(other))
    assert not (folder / "images.csv").exists()


def test_a_new_study_has_its_header_twice(new_study, tmp_path):
    """In the log, and in a file for people."""
    old = load_study(new_study())
    with open_store(tmp_path / "new") as store:
        with pytest.raises(StudyError, match="holds no study yet"):
            store.facts  # noqa: B018
        store.begin(old.header, _no_images(old))
    new = load_study(tmp_path / "new")
    assert new.header == old.header
    new.paths.log.write_bytes(b'{"kind": "stu')
    assert load_study(tmp_path / "new").header == old.header


def test_a_move_is_noted_once(new_study):
    """In the log and in both files that people read; the same places again change nothing."""
    folder = new_study()
    with open_store(folder) as store:
        header, images = store.facts.header, _no_images(store.facts)
        moved = header.at(Places("/new/pets.zip", "/cache/unpacked", "/new/weights"))
        store.begin(moved, images)
        log = store.paths.log.read_bytes()
        store.begin(moved, images)
        assert store.paths.log.read_bytes() == log
    study = load_study(folder)
    assert study.header == moved
    study.paths.log.write_bytes(b"\n")
    assert load_study(folder).header == moved
    assert study.images().root.as_posix() == "/cache/unpacked"


@pytest.mark.parametrize("left", [b"", b"\n", b'{"kind": "stu'])
def test_a_log_that_lost_its_records_is_no_new_study(new_study, new_trial, left):
    """A search is refused in one line and writes nothing; a report says so."""
    folder = new_study([new_trial(1)])
    (folder / "trials.jsonl").write_bytes(left)
    with (
        pytest.raises(StudyError, match=r"trials\.jsonl has lost its records") as caught,
        open_store(folder),
    ):
        pytest.fail("a new study over an old one")
    assert "\n" not in str(caught.value)
    assert (folder / "trials.jsonl").read_bytes() == left
    study = load_study(folder)
    assert study.trials == ()
    assert "has lost its records" in study.notices[-1]


def test_every_kind_comes_back_from_its_line(new_study, new_trial):
    """A record is the same after writing and reading; unknown kinds are left out, damaged records are named."""
    study = load_study(new_study([new_trial(1)], retrain=True))
    records = [
        study.header,
        Start(1, "search", {"dropout": 0.5}, {"continues": 3}),
        *study.trials,
        FurtherFits(1, study.trials[0].fits, 0.5, None, 1.5),
        Death(1, "out of memory"),
        Resume(study.header.limits, None, {}, "now"),
        Move(study.header.places, "now"),
        *study.retrains,
    ]
    assert [type(record) for record in records] == list(KINDS.values())
    assert [from_line(as_line(record)) for record in records] == records
    assert from_line({"kind": "of a later version"}) is None
    with pytest.raises(StudyError, match=r"kind death \(trial is 'one'; cause is missing\)"):
        from_line({"kind": "death", "trial": "one"})


def _no_images(facts: StudyFacts):
    import numpy as np

    from transfertune.reports.study.files.images import ImageTable

    folds = np.empty((1, 0), np.int16)
    return ImageTable(facts.folder, (), np.empty(0, np.int64), (), (), folds)
