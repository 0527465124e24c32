"""What a search shows while it runs: one live display on a terminal, plain lines elsewhere."""

import sys
import time
from collections.abc import Mapping
from typing import Any

from rich import progress as bars
from rich.console import Group
from rich.live import Live
from rich.text import Text

from ...reports import (
    Retrain,
    StudyPaths,
    Trial,
    model_name,
    recipe_words,
    trial_name,
    trial_words,
)
from ..events import (
    DataChecked,
    DataRead,
    EpochEnded,
    Event,
    FurtherFitsEnded,
    FurtherFitsPlanned,
    LabelsChecked,
    OutOfTime,
    PreparationStarted,
    Progress,
    RetrainingEnded,
    RetrainingLeftOut,
    RetrainingStarted,
    SearchStarted,
    TrialEnded,
    TrialStarted,
)
from .clock import span
from .console import counted, stderr
from .data_lines import data_lines

_TITLES = {"search": "Trial", "baseline": "Baseline", "ensemble": "Ensemble"}

# What is shown of a recipe, if it is searched at all, where much is searched.
_WORDS = ("backbone", "pooling", "dense", "learning_rate", "unfreeze", "augment")


class SearchDisplay:
    """Shows the events of a search, a retraining or a reading of images; a context manager.

    Everything goes to the standard error, so that results can be piped.
    """

    def __init__(self):
        self._console = stderr()
        self._live = sys.stderr.isatty()
        self._bars = bars.Progress(
            bars.TextColumn("{task.description}"),
            bars.BarColumn(),
            bars.MofNCompleteColumn(),
            bars.TextColumn("{task.fields[beside]}"),
            console=self._console,
        )
        self._done, self._kept, self._is_usable = 0, 0, False
        self._most: int | None = None
        self._words = list(_WORDS)
        self._objective = ""
        self._passes: dict[str, Any] = {}
        self._status = Text("")
        self._best = Text("")
        self._running: dict[int, tuple[str, int]] = {}
        self._doing: dict[int, str] = {}
        self._screen: Live | None = None

    def __enter__(self):
        if self._live:
            self._screen = Live(
                get_renderable=self._render,
                console=self._console,
                refresh_per_second=8,
                transient=True,
            )
            self._screen.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_):
        if self._screen is not None:
            self._screen.stop()
        if kind is KeyboardInterrupt and self._is_usable:
            self._say(
                f"Kept: {counted(self._kept, 'trial')}. `tune report` shows them, and `tune retrain` trains the "
                "recommended model."
            )

    def on_event(self, event: Event) -> None:
        """Show an event of a search or a retraining; ignore the others."""
        match event:
            case Progress(what, done, total):
                self._on_progress(what, done, total)
            case PreparationStarted(space, data):
                self._say(f"Searching {space} on {data}: reading the images")
            case DataRead() | DataChecked() | LabelsChecked():
                for line in data_lines(event):
                    self._say(line)
            case SearchStarted():
                self._on_search(event)
            case TrialStarted():
                self._on_start(event)
            case EpochEnded():
                self._on_epoch(event)
            case TrialEnded(trial, best, seconds_left):
                self._on_trial(trial, best, seconds_left)
            case FurtherFitsPlanned(trials, fits):
                self._on_further_fits(trials, fits)
            case FurtherFitsEnded(_, trial, best):
                self._on_fits(trial, best)
            case OutOfTime():
                self._on_out_of_time(event)
            case RetrainingLeftOut(trial):
                self._say(
                    f"Trial {trial} is not retrained: nothing is better than always predicting the most frequent class."
                )
            case RetrainingStarted(trial, epochs):
                self._on_retrain(trial, epochs)
            case RetrainingEnded(record):
                self._on_retrained(record)

    def on_progress(self, what: str, done: int, total: int) -> None:
        """Take the progress of one long step."""
        self._on_progress(what, done, total)

    def _render(self) -> Group:
        return Group(self._bars, self._status, self._best)

    def _say(self, text: str) -> None:
        """Print a line that stays."""
        self._console.print(Text(text))

    def _on_search(self, event: SearchStarted) -> None:
        self._objective, done, searched = event.objective, event.done, event.searched
        self._done, self._most = done, event.max_trials
        few = len(searched) <= len(_WORDS)
        self._words = [name for name in searched if few or name in _WORDS] or list(_WORDS[:3])
        more = f", continuing after the baselines and {counted(done, 'trial')}" if done else ""
        self._say(f"Study {event.folder}{more}")
        self._say(f"Validation by {event.policy.sentence}")
        self._say(f"Report, written again as trials end: {StudyPaths(event.folder).report_page}")
        if self._live:
            self._bar("trials", done, event.max_trials, "")
        self._is_usable = event.best is not None
        self._show_best(event.best)

    def _on_start(self, event: TrialStarted) -> None:
        title = "baseline" if event.role == "baseline" else "trial"
        more = f" (continues trial {event.continues})" if event.continues else ""
        more = " (further fits)" if event.trial is not None else more
        words = self._describe(event.role, event.recipe)
        self._running[event.number] = (f"{title} {event.number}: {words}{more}", event.epochs)
        self._show_running(event.number, "")

    def _on_epoch(self, event: EpochEnded) -> None:
        trial, row = event.trial, event.row
        epochs = self._running[trial][1] if trial in self._running else "?"
        self._show_running(
            trial,
            f"  fit {event.repeat + 1}.{event.fold + 1}, epoch {row['epoch']}/{epochs} ({row['stage']})  "
            f"validation loss {row['val_loss']:.3f}, accuracy {row['val_accuracy']:.3f}",
        )

    def _describe(self, role: str, recipe: Mapping[str, Any]) -> str:
        return model_name(recipe) if role == "baseline" else recipe_words(recipe, self._words)

    def _show_running(self, number: int, doing: str) -> None:
        self._doing[number] = doing
        lines = [f"{title}\n{self._doing[n]}".rstrip() for n, (title, _) in self._running.items()]
        self._status = Text("\n".join(lines))

    def _ended(self, number: int) -> None:
        self._running.pop(number, None)
        self._doing.pop(number, None)

    def _on_trial(self, trial: Trial, best: Trial | None, seconds_left: float | None) -> None:
        self._ended(trial.number)
        self._kept += 1
        searched = trial.role == "search"
        self._done += searched
        left = f"about {span(seconds_left)} left" if seconds_left else ""
        if self._live:
            self._bar("trials", self._done, self._most, left)
        self._show_best(best)
        score = (
            f"failed: {trial.cause}"
            if trial.score is None
            else f"{self._objective} {trial.score:.4f}"
        )
        words = trial_words(trial, self._words) if searched else trial_name(trial)
        of = f" ({self._done}/{self._most})" if self._most else ""
        title = f"{_TITLES[trial.role]} {trial.number}{of if searched else ''}"
        line = f"{title}  {score}  {words}  ({_epochs_of(trial)}{trial.seconds:.0f} s)"
        if not self._live and best is not None:
            lowest = (
                f"lowest log loss so far: trial {best.number} ({self._objective} {best.score:.4f})"
            )
            line += f"  {lowest}  {left}"
        self._say(line.rstrip())
        if not self._is_usable and best is not None:
            self._is_usable = True
            self._say(
                "This model is usable. Ctrl-C ends the search and keeps it; `tune retrain` trains it."
            )

    def _on_further_fits(self, trials: tuple[int, ...], fits: int) -> None:
        numbers = ", ".join(map(str, trials))
        self._say(f"Further fits, up to {fits} each, for trials {numbers}")

    def _on_fits(self, trial: Trial, best: Trial | None) -> None:
        self._ended(trial.number)
        self._show_best(best)
        line = (
            f"Trial {trial.number}  {self._objective} {trial.score:.4f} over {len(trial.fits)} fits"
        )
        self._say(line)

    def _on_progress(self, what: str, done: int, total: int) -> None:
        if self._live:
            self._step_bar(what, done, total)
        elif done >= total > 0:
            self._say(f"{what}: {total}")

    def _on_out_of_time(self, event: OutOfTime) -> None:
        of = f" of {event.max_trials}" if event.max_trials else ""
        self._say(
            f"The budget is used up after {span(event.seconds)} and {event.done}{of} trials (baselines not counted). "
            "The same command continues the search."
        )

    def _on_retrain(self, trial: int, epochs: int) -> None:
        length = f" for {counted(epochs, 'epoch')}" if epochs else ""
        doing = f"Retraining trial {trial} on all images except the test images{length}"
        self._status = Text(doing)
        if not self._live:
            self._say(doing)

    def _on_retrained(self, record: Retrain) -> None:
        self._status = Text("")
        if record.test is None:
            self._say(
                "The test images are kept for a better model: the same command continues the search."
            )

    def _step_bar(self, what: str, done: int, total: int) -> None:
        started = self._passes.setdefault(what, time.monotonic())
        seconds = max(time.monotonic() - started, 1e-9)
        left = f", {span(seconds / done * (total - done))} left" if done and total else ""
        self._bar(what, done, total or None, f"{done / seconds:.0f}/s{left}" if done else "")
        if total and done >= total:
            self._bars.remove_task(self._tasks()[what])
            self._passes.pop(what)

    def _bar(self, what: str, done: int, total: int | None, beside: str) -> None:
        task = self._tasks().get(what)
        if task is None:
            self._bars.add_task(what, total=total, completed=done, beside=beside)
        else:
            self._bars.update(task, total=total, completed=done, beside=beside)

    def _tasks(self) -> dict[str, Any]:
        return {task.description: task.id for task in self._bars.tasks}

    def _show_best(self, best: Trial | None) -> None:
        if best is not None:
            words = trial_words(best, self._words)
            self._best = Text(
                f"best by validation log loss: trial {best.number}, {self._objective} {best.score:.4f}: {words}"
            )


def _epochs_of(trial: Trial) -> str:
    """Return the epochs of one fit in words: "9 epochs, ", or of several: "7 to 10 epochs per fit, "."""
    epochs = sorted(fit.epochs for fit in trial.fits)
    if not epochs or not epochs[-1]:
        return ""
    fewest = "" if epochs[0] == epochs[-1] else f"{epochs[0]} to "
    per_fit = " per fit" if len(epochs) > 1 else ""
    return f"{fewest}{counted(epochs[-1], 'epoch')}{per_fit}, "
