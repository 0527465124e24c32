"""The leaderboard as tables for other programs."""

import json
import re
import shutil

import pandas as pd

from transfertune.reports import load_study, remarks, verdict, write_reports


def test_csv_json_and_parquet_hold_the_leaderboard(new_study, new_trial):
    """All three hold every trial with its whole recipe; columns never collide and keep their types."""
    recipe = {"backbone": "resnet50", "epochs": 9, "dense": [64, 32], "trial": "mine"}
    trials = [
        new_trial(1, score=0.5),
        new_trial(2, cause="x"),
        new_trial(3, score=0.75, recipe=recipe, loss=0.1),
    ]
    folder = new_study(trials)
    shutil.rmtree(folder / "trials")
    first, second = (trial.number for trial in load_study(folder).ranked)
    written = write_reports(load_study(folder))
    rows = pd.read_csv(written["leaderboard.csv"], keep_default_na=False, dtype=str)
    assert rows[["rank", "trial", "cause"]].values.tolist() == [
        ["1", str(first), ""],
        ["2", str(second), ""],
        ["", "2", "x"],
    ]
    assert rows.loc[0, ["recipe_trial", "recipe_epochs", "dense"]].tolist() == [
        "mine",
        "9",
        "[64, 32]",
    ]
    facts = json.loads(written["leaderboard.json"].read_bytes())
    assert [row["trial"] for row in facts["ranked"]] == [3, 1]
    assert facts["ranked"][0]["recipe"] == recipe
    assert facts["failed"][0]["cause"] == "x"
    study = load_study(folder)
    assert facts["verdict"] == [*verdict(study), *remarks(study)]
    table = pd.read_parquet(written["leaderboard.parquet"])
    assert table["rank"].tolist() == [1, 2, pd.NA]
    assert table["score"].dtype == "Float64"
    assert list(table) == list(rows)


def test_empty_study_has_the_same_columns(new_study, new_trial):
    """Without a trial the tables have their columns already, with their types."""
    empty = pd.read_parquet(write_reports(load_study(new_study()))["leaderboard.parquet"])
    folder = new_study([new_trial(1)], name="one")
    one = pd.read_parquet(write_reports(load_study(folder))["leaderboard.parquet"])
    assert len(empty) == 0
    assert empty.dtypes.to_dict() == one[list(empty)].dtypes.to_dict()


def test_a_continued_trial_names_what_it_continued(new_study, new_trial):
    """In every table; the earlier trial is among those that are not ranked."""
    trials = [new_trial(1), new_trial(2), new_trial(3, strategy={"continues": 1})]
    study = load_study(new_study(trials))
    written = write_reports(study)
    table = pd.read_parquet(written["leaderboard.parquet"]).set_index("trial")
    assert table["continues"].dropna().to_dict() == {3: 1}
    facts = json.loads(written["leaderboard.json"].read_bytes())
    assert [row["continues"] for row in facts["ranked"] if row["trial"] == 3] == [1]
    rows = written["leaderboard.md"].read_text("utf-8").splitlines()
    assert sum("continues trial 1" in row for row in rows) == 1
    assert "continues trial 1</span>" in written["report.html"].read_text("utf-8")


def test_markdown_is_a_table_and_names_stay_text(new_study, new_trial):
    """The Markdown has a row per ranked trial, and no name in it can become a cell, a tag or a heading."""
    trials = [new_trial(1, recipe={"backbone": "a|b <img> `c`\n# d"}), new_trial(2), new_trial(3)]
    trials[2] = new_trial(3, cause="| x |")
    text = write_reports(load_study(new_study(trials)))["leaderboard.md"].read_text("utf-8")
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    assert len(rows) == 2 + 2
    assert len({len(re.findall(r"(?<!\\)\|", row)) for row in rows}) == 1
    assert "<img>" not in text
    assert "- trial 3: \\| x \\|" in text
