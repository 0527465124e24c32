"""What one search of `whole_search.py` cost: its phases, its memory, its estimates of the time left, and its result.

The phases come from the lines that the command prints and from the records of its study. A line ends the phase that it
tells of, so that all phases together are the wall time. What of a trial's seconds lies outside its fits is counted as
feature passes: computing or reading features, and once per backbone the time of a prediction.
"""

import re
import statistics

Lines = list[tuple[float, str]]  # seconds since the start, text

PHASES = (
    "imports",
    "reading and checking",
    "first worker",
    "label check",
    "feature passes",
    "baselines",
    "search",
    "further fits",
    "ensembles",
    "retraining",
    "report",
)
_ENDS = (
    (r"Searching ", "imports"),
    (r"preparing backbones: \d", "first worker"),
    (r"checking labels: \d|Study ", "label check"),
    (r"(Baseline|Ensemble) \d+  .*  (the|a weighted) mean of ", "ensembles"),
    (r"Baseline \d+  ", "baselines"),
    (r"Trial \d+  .* over \d+ fits$", "further fits"),
    (r"Trial \d+( \(\d+/\d+\))?  |The budget is used up", "search"),
    (r"Retraining trial |Trial \d+ is not retrained", "ensembles"),
)
_LEFT = re.compile(r"  about ([\d.]+) (s|min|h) left$")
_UNITS = {"s": 1, "min": 60, "h": 3600}
# What is shown is rounded, so estimates of the last seconds say nothing.
_LEAST_LEFT = 3.0


def phases(lines: Lines, records: list[dict], wall: float) -> dict[str, float]:
    """Return the seconds of each of `PHASES`; `records` are the study's, `wall` the seconds of the whole command."""
    found, before, last = dict.fromkeys(PHASES, 0.0), 0.0, ""
    for at, text in lines:
        phase = _ended(text, last)
        if phase:
            found[phase] += at - before
            before, last = at, phase
    retraining = sum(r["seconds"] for r in records if r["kind"] == "retrain")
    found["retraining"] = min(retraining, wall - before)
    found["report"] = wall - before - found["retraining"]
    for record in records:
        phase = _phase_of(record)
        if phase:
            outside = record["seconds"] - sum(fit["seconds"] for fit in record["fits"])
            passes = min(max(0.0, outside), found[phase])
            found[phase] -= passes
            found["feature passes"] += passes
    return found


def _ended(text: str, last: str) -> str | None:
    """Return the phase that a line ends, where `last` has ended before; None if it ends none."""
    for pattern, phase in _ENDS:
        if re.match(pattern, text):
            return phase
    if last in ("imports", "reading and checking"):
        return "reading and checking" if re.search(r": \d+$", text) else None
    # No record tells of the pass that the label check needs.
    return "feature passes" if last == "first worker" and " features at " in text else None


def _phase_of(record: dict) -> str | None:
    if record["kind"] == "fit":
        return "further fits"
    if record["kind"] != "trial" or not record["fits"]:
        return None
    return {"baseline": "baselines", "search": "search"}.get(record["role"])


def left_factors(lines: Lines, wall: float) -> list[float]:
    """Return by what factor each estimate of the time left was wrong, too long or too short alike.

    Those of the first fifth of the wall time do not count, nor those with less than three seconds to go.
    """
    factors = []
    for at, text in lines:
        shown, left = _LEFT.search(text), wall - at
        if shown and at >= wall / 5 and left >= _LEAST_LEFT:
            estimate = max(0.5, float(shown[1]) * _UNITS[shown[2]])
            factors.append(max(estimate / left, left / estimate))
    return factors


def result(lines: Lines, records: list[dict]) -> dict:
    """Return how many trials were searched, which is recommended, and what the test images say of its model.

    `accuracy` is None where the test images were not looked at; `retrained` says whether there is a model.
    """
    retrains = [record for record in records if record["kind"] == "retrain"]
    test = retrains[-1]["test"] if retrains else None
    said = (re.search(r"(?:^|: .*\. )(Trial \d+\b.*) is recommended", text) for _, text in lines)
    named = [found[1] for found in said if found]
    return {
        "trials": sum(r["kind"] == "trial" and r["role"] == "search" for r in records),
        "recommended": named[-1].rstrip(",") if named else None,
        "retrained": bool(retrains),
        "accuracy": test and test["accuracy"],
    }


def figures(run: dict, records: list[dict]) -> dict:
    """Return everything about a run whose `lines`, `wall`, `cpu` and `mb` were measured."""
    lines, wall = run["lines"], run["wall"]
    return {
        **run,
        **result(lines, records),
        "phases": phases(lines, records, wall),
        "left": left_factors(lines, wall),
        "first_left": next((at for at, text in lines if _LEFT.search(text)), None),
    }


def rows(runs: list[dict], yardstick: float | None) -> dict[str, str]:
    """Return the cells of one column by what they say: medians of the same run, repeated."""
    cells = {"wall, s": _median([run["wall"] for run in runs], 1)}
    if yardstick:
        cells["wall, passes"] = _median([run["wall"] / yardstick for run in runs], 1)
    cells["CPU, s"] = _median([run["cpu"] for run in runs], 1)
    cells |= {f"{name}, s": _median([r["phases"][name] for r in runs], 1) for name in PHASES}
    for name in runs[0]["mb"]:
        cells[f"peak memory, {name}, MB"] = _median([run["mb"][name] for run in runs], 0)
    cells["first estimate of the time left, after s"] = _median([r["first_left"] for r in runs], 1)
    left = [run["left"] for run in runs if run["left"]]
    cells["time left wrong by, median"] = _median([statistics.median(one) for one in left], 2)
    cells["time left wrong by, worst"] = _median([max(one) for one in left], 2)
    cells["searched trials"] = _median([run["trials"] for run in runs], 0)
    cells["recommended"] = runs[-1]["recommended"] or "none"
    scored = [run["accuracy"] for run in runs if run["accuracy"] is not None]
    unscored = "not looked at" if runs[-1]["retrained"] else "no model"
    cells["test accuracy"] = _median(scored, 3) if scored else unscored
    return cells


def _median(values: list, digits: int) -> str:
    known = [value for value in values if value is not None]
    return f"{statistics.median(known):.{digits}f}" if known else "none"
