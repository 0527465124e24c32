"""Histories: every number comes back as it was, and what is damaged is left out."""

import math

import hypothesis.strategies as st
from hypothesis import given

from transfertune.reports import HISTORY_COLUMNS, read_history
from transfertune.reports.study.files.histories import (
    EPOCH_COLUMNS,
    read_histories,
    write_history,
)

NUMBERS = HISTORY_COLUMNS[2:]
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            **dict.fromkeys(("repeat", "fold", "epoch"), st.integers(0, 999)),
            "stage": st.sampled_from(("head", "fine-tune")),
            **dict.fromkeys(NUMBERS, st.floats(allow_nan=False)),
        }
    ),
    max_size=4,
)


@given(rows=ROWS)
def test_rows_come_back_number_for_number(rows, tmp_path_factory):
    """Retraining repeats learning rates, so that not a bit may differ."""
    file = tmp_path_factory.mktemp("history") / "history.csv"
    write_history(file, rows)
    assert read_history(file) == rows


def test_a_diverged_epoch_comes_back(tmp_path):
    """A loss that is no number is one afterwards too."""
    row = {"repeat": 0, "fold": 1, "epoch": 1, "stage": "head", **dict.fromkeys(NUMBERS, math.nan)}
    write_history(tmp_path / "h.csv", [row])
    assert math.isnan(read_history(tmp_path / "h.csv")[0]["val_loss"])


def test_many_trials_are_one_frame(tmp_path):
    """Missing files have no rows, cut rows are left out, and types do not depend on what was found."""
    row = {"repeat": 0, "fold": 0, "stage": "head", **dict.fromkeys(NUMBERS, 0.5)}
    write_history(tmp_path / "1.csv", [{**row, "epoch": e} for e in (1, 2)])
    content = (tmp_path / "1.csv").read_bytes()
    (tmp_path / "2.csv").write_bytes(content[:-25])
    (tmp_path / "3.csv").write_bytes(b"\xff\x00{")
    files = [(number, tmp_path / f"{number}.csv") for number in (1, 2, 3, 4)]
    frame = read_histories(files)
    assert list(frame["trial"]) == [1, 1, 2]
    assert list(frame.columns) == list(EPOCH_COLUMNS)
    empty = read_histories([])
    assert list(empty.columns) == list(EPOCH_COLUMNS)
    assert list(empty.dtypes) == list(frame.dtypes)
