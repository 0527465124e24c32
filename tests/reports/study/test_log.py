"""The log: what was written comes back, whatever instant the writing stopped at."""

import json
import resource
import signal
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transfertune.reports import StudyError
from transfertune.reports.study.log import StudyLog

names = st.text(st.characters(exclude_categories=()), max_size=8)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | names,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=6,
)
records = st.dictionaries(names.filter(lambda name: name != "kind"), values, max_size=4)


def _log(path):
    log = StudyLog(path)
    log.append({"kind": "study", "seed": 0})
    log.append({"kind": "trial", "number": 1, "name": "Ü\u2028ß"})
    log.append({"kind": "trial", "number": 2})
    return log


@settings(max_examples=30, deadline=None)
@given(st.lists(records, max_size=4))
def test_what_was_appended_comes_back(written):
    """Any JSON values round-trip, line breaks and half characters in strings included."""
    with tempfile.TemporaryDirectory() as folder:
        log = StudyLog(Path(folder) / "trials.jsonl")
        for record in written:
            log.append({"kind": "trial", **record})
        assert StudyLog(log.path).read() == [{"kind": "trial", **record} for record in written]


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_cut_anywhere_keeps_whole_lines(data):
    """Cut at any byte, the whole lines before are read, nothing is written, and appending goes on."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "trials.jsonl"
        whole = _log(path).read()
        content = path.read_bytes()
        cut = data.draw(st.integers(0, len(content)))
        path.write_bytes(content[:cut])
        log = StudyLog(path)
        read = log.read()
        assert read == whole[: len(read)]
        assert len(read) >= content[:cut].count(b"\n")
        assert path.read_bytes() == content[:cut]
        log.append({"kind": "trial", "number": 9})
        assert StudyLog(path).read() == [*read, {"kind": "trial", "number": 9}]


def test_torn_line_is_said_until_it_is_gone(tmp_path):
    """A torn last line is in the notices of a read, and no more after the next append."""
    log = _log(tmp_path / "trials.jsonl")
    with log.path.open("ab") as file:
        file.write(b'{"kind": "trial", "num')
    assert len(log.read()) == 3
    assert "cut off" in log.notices[0]
    log.append({"kind": "trial", "number": 3})
    assert [record.get("number") for record in log.read()] == [None, 1, 2, 3]
    assert log.notices == ()


def test_zeros_after_a_power_cut_are_a_torn_line(tmp_path):
    """Some file systems leave zeros where the last block should be."""
    log = _log(tmp_path / "trials.jsonl")
    with log.path.open("ab") as file:
        file.write(b"\0" * 100)
    assert len(log.read()) == 3
    assert log.notices


def test_missing_last_line_break_loses_nothing(tmp_path):
    """An editor that strips the final line break costs no trial, now or after the next append."""
    log = _log(tmp_path / "trials.jsonl")
    log.path.write_bytes(log.path.read_bytes().rstrip())
    assert len(StudyLog(log.path).read()) == 3
    StudyLog(log.path).append({"kind": "trial", "number": 3})
    assert len(StudyLog(log.path).read()) == 4


def test_line_broken_in_the_middle_is_named(tmp_path):
    """Damage before the last line is not skipped silently: the error names the file and the line."""
    log = _log(tmp_path / "trials.jsonl")
    lines = log.path.read_bytes().splitlines(keepends=True)
    log.path.write_bytes(lines[0] + lines[1][:10] + b"\n" + lines[2])
    with pytest.raises(StudyError, match="line 2 is damaged") as error:
        log.read()
    assert "\n" not in str(error.value)
    before = log.path.read_bytes()
    with pytest.raises(StudyError):
        StudyLog(log.path).append({"kind": "trial", "number": 3})
    assert log.path.read_bytes() == before


def test_missing_file_has_no_records_and_stays_missing(tmp_path):
    """Reading never creates the file."""
    log = StudyLog(tmp_path / "trials.jsonl")
    assert log.read() == []
    assert not log.path.exists()


def test_numbers_that_json_lacks_become_null(tmp_path):
    """Every line is strict JSON."""
    log = StudyLog(tmp_path / "trials.jsonl")
    log.append({"kind": "trial", "score": float("nan"), "loss": float("-inf")})

    def refuse(name):
        raise AssertionError(name)

    line = json.loads(log.path.read_text(), parse_constant=refuse)
    assert line == {"kind": "trial", "score": None, "loss": None}


def test_full_disk_leaves_the_lines_before(tmp_path):
    """When only a part of a line fits on the disk, the append fails and the file is as it was."""
    log = _log(tmp_path / "trials.jsonl")
    before = log.path.read_bytes()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 20, limits[1]))
    try:
        with pytest.raises(OSError, match="large"):
            log.append({"kind": "trial", "number": 3, "recipe": "x" * 100})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    assert log.path.read_bytes() == before
    log.append({"kind": "trial", "number": 3})
    assert len(log.read()) == 4
