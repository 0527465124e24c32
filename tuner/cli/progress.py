"""What a search shows while it runs: one live display on a terminal, plain lines elsewhere."""

import sys
import time
from typing import Any

from rich.console import Group
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.text import Text

from ...reports import model_name, recipe_words
from .console import counted, stderr

# What is shown of a recipe, if it is searched at all, where much is searched.
_WORDS = ("backbone", "pooling", "dense", "learning_rate", "unfreeze", "augment")


class SearchDisplay:
    """Shows the events of a search, a retraining or a reading of images; a context manager.

    Everything goes to the standard error, so that results can be piped.
    """

    def __init__(self):
        self._console = stderr()
        self._live = sys.stderr.isatty()
        self._bars = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[beside]}"),
            console=self._console,
        )
        self._search = _Clock()
        self._words = list(_WORDS)
        self._objective = ""
        self._leads = "leads"
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

    def __exit__(self, *_):
        if self._screen is not None:
            self._screen.stop()

    def on_event(self, kind: str, values: dict[str, Any]) -> None:
        """Take an event of `tuner.searching.search` or `tuner.retraining.retrain`."""
        getattr(self, f"_on_{kind}")(**values)

    def on_progress(self, what: str, done: int, total: int) -> None:
        """Take the progress of one long step."""
        self._on_progress(what, done, total)

    def _render(self) -> Group:
        return Group(self._bars, self._status, self._best)

    def _say(self, text: str) -> None:
        """Print a line that stays."""
        self._console.print(Text(text))

    def _on_search(self, folder, objective, policy, searched, done, trials, deadline, best) -> None:
        self._objective = objective
        by_loss = policy.criterion.endswith("log_loss") and objective != "log_loss"
        self._leads = "leads by loss" if by_loss else "leads"
        self._search = _Clock(done, trials, deadline)
        few = len(searched) <= len(_WORDS)
        self._words = [name for name in searched if few or name in _WORDS] or list(_WORDS[:3])
        self._say(
            f"Study {folder}" + (f", going on after {counted(done, 'trial')}" if done else "")
        )
        self._say(f"Validation by {policy.sentence}")
        if self._live:
            self._bar("trials", done, trials, "")
        self._show_best(best)

    def _on_start(self, number, role, recipe, epochs, continues, further) -> None:
        title = "baseline" if role == "baseline" else "trial"
        more = f" (trial {continues} goes on)" if continues else ""
        more = " (further fits)" if further else more
        words = self._said(role, recipe)
        self._running[number] = (f"{title} {number}: {words}{more}", epochs)
        self._show_running(number, "")

    def _on_epoch(self, trial, epoch, stage, val_loss, val_accuracy, repeat, fold, **_) -> None:
        epochs = self._running[trial][1] if trial in self._running else "?"
        self._show_running(
            trial,
            f"  fit {repeat + 1}.{fold + 1}, epoch {epoch}/{epochs} ({stage})  "
            f"validation loss {val_loss:.3f}, accuracy {val_accuracy:.3f}",
        )

    def _said(self, role: str, recipe) -> str:
        return model_name(recipe) if role == "baseline" else recipe_words(recipe, self._words)

    def _show_running(self, number: int, doing: str) -> None:
        self._doing[number] = doing
        lines = [f"{title}\n{self._doing[n]}".rstrip() for n, (title, _) in self._running.items()]
        self._status = Text("\n".join(lines))

    def _ended(self, number: int) -> None:
        self._running.pop(number, None)
        self._doing.pop(number, None)

    def _on_trial(self, trial, best) -> None:
        self._ended(trial.number)
        searched = trial.role == "search"
        self._search.done += searched
        if self._live:
            self._bar("trials", self._search.done, self._search.total, self._search.left())
        self._show_best(best)
        score = (
            f"failed: {trial.cause}"
            if trial.score is None
            else f"{self._objective} {trial.score:.4f}"
        )
        words = self._said(trial.role, trial.recipe)
        of = f" ({self._search.done}/{self._search.total})" if self._search.total else ""
        title = f"Trial {trial.number}{of}" if searched else f"Baseline {trial.number}"
        line = f"{title}  {score}  {words}  ({_epochs_of(trial)}{trial.seconds:.0f} s)"
        if not self._live and best is not None:
            line += f"  {self._leads}: trial {best.number}, {best.score:.4f}  {self._search.left()}"
        self._say(line.rstrip())

    def _on_race(self, trials, fits) -> None:
        self._say(
            f"Contenders get further fits, {fits} in all: trials {', '.join(map(str, trials))}"
        )

    def _on_fits(self, trial, best) -> None:
        self._ended(trial.number)
        self._show_best(best)
        line = (
            f"Trial {trial.number}  {self._objective} {trial.score:.4f} over {len(trial.fits)} fits"
        )
        self._say(line)

    def _on_progress(self, what, done, total) -> None:
        if self._live:
            self._step_bar(what, done, total)
        elif done >= total > 0:
            self._say(f"{what}: {total}")

    def _on_data(self, unreadable, test_copies, notes) -> None:
        for note in notes:
            self._say(f"Note: {note}")
        for path, why in unreadable:
            self._say(f"Left out: {path}: {why}")
        if test_copies:
            self._say(
                f"Note: {counted(test_copies, 'test image')} {'shows' if test_copies == 1 else 'show'} "
                "the same as images to train on; "
                "the test score will be too good. `tune data check` lists them."
            )

    def _on_check(self, findings) -> None:
        problems = [one for one in findings if one.severity == "problem"]
        for one in problems:
            if one.kind != "unreadable":  # each of them was told
                self._say(f"Data check: {one.sentence}")
        notices = len(findings) - len(problems)
        if notices:
            them = "it" if notices == 1 else "them"
            self._say(f"Data check: {counted(notices, 'notice')}; `tune data check` tells {them}.")

    def _on_labels(self, check, cause) -> None:
        if cause is not None:
            self._say(f"The labels could not be checked: {cause}")
        elif check is not None and check.disputed:
            self._say(f"Data check: {check.sentence} The report shows them.")

    def _on_out_of_time(self, done, trials) -> None:
        of = f" of {trials}" if trials else ""
        self._say(
            f"The budget ended the search after {done}{of} trials beside the baselines; the same command goes on."
        )

    def _on_retrain(self, trial, epochs) -> None:
        epochs = f", {counted(epochs, 'epoch')}" if epochs else ""
        doing = f"retraining trial {trial} on all but the test images{epochs}"
        self._status = Text(doing)
        if not self._live:
            self._say(doing)

    def _on_retrained(self, retrain) -> None:
        self._status = Text("")

    def _step_bar(self, what: str, done: int, total: int) -> None:
        started = self._passes.setdefault(what, time.monotonic())
        seconds = max(time.monotonic() - started, 1e-9)
        left = f", {_span(seconds / done * (total - done))} left" if done and total else ""
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

    def _show_best(self, best) -> None:
        if best is not None:
            words = recipe_words(best.recipe, self._words)
            self._best = Text(
                f"leads by validation loss: trial {best.number}, {self._objective} {best.score:.4f}: {words}"
            )


class _Clock:
    """Estimates the time left from the trials of this run."""

    def __init__(self, done: int = 0, total: int | None = None, deadline: float | None = None):
        self.done, self.total, self.deadline = done, total, deadline
        self._before, self._started = done, time.monotonic()

    def left(self) -> str:
        """Return the time left in words, or nothing when it cannot be known."""
        spans = []
        ran = self.done - self._before
        if self.total and ran:
            spans.append((time.monotonic() - self._started) / ran * (self.total - self.done))
        if self.deadline:
            spans.append(self.deadline - time.time())
        return f"about {_span(min(spans))} left" if spans and min(spans) > 0 else ""


def _span(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def _epochs_of(trial) -> str:
    epochs = sum(fit.epochs for fit in trial.fits)
    return f"{counted(epochs, 'epoch')}, " if epochs else ""
