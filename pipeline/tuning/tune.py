"""Search the settings of methods on an inner split by time; HELD_OUT is never read."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path

import numpy as np
import optuna
from optuna.trial import FrozenTrial, TrialState

from model.settings import Number, Search
from pipeline.content.dataset import Dataset, read_dataset
from pipeline.device import choose_device, torch_threads
from pipeline.enrichment.enrich import restored
from pipeline.graph import Graph
from pipeline.progress import progress_bar, say
from pipeline.tuning.search_spaces import Tunable, all_tunables, tunable
from pipeline.tuning.trials import InnerSplit
from pipeline.tuning.tuned_files import SettingsFile, Tuned

__all__ = ["Tuned", "tune"]

STORAGE = "tuning.db"
UNPRUNED = 4  # trials of a network that must finish before any is pruned
_DIGITS = 3  # significant digits of a tuned number, so that the file holds exactly what was run
_ENDED = (TrialState.COMPLETE, TrialState.PRUNED)


@torch_threads()
def tune(
    graph: Graph,
    names: Sequence[str],
    *,
    trials: int,
    seconds: float | None,
    output: Path,
    seed: int = 0,
    device: str = "auto",
) -> list[Tuned]:
    """Search each method's settings and write the best ones found so far to a TOML file.

    The file holds every method ever tuned with it on this data. It names the run configurations of
    the networks, which are written beside it. The trials are stored there, too, so a later call
    continues the search.

    Args:
        graph: a graph that pipeline load-kg filled.
        names: baselines, rkan, rkan-history. Methods without tuned settings are skipped.
        trials: the number of settings to try per method, including earlier calls and the defaults.
            A network's trial that starts worse than the median is stopped early and counts.
        seconds: the time from a method's first trial in which others may start; None for no limit.
        output: the TOML file, in the format of pipeline compare --config.
        seed: the seed of the search.
        device: the device for networks: "auto", "cpu" or "cuda".

    Raises:
        GraphContentError: the graph is empty, or no training history is long enough to split.
        ConfigError: a method cannot be tuned, or an existing file cannot be extended or replaced.
    """
    wanted = {name: tunable(name) for name in names}
    chosen = choose_device(device)
    dataset = read_dataset(graph)
    file = SettingsFile(output, dataset.name)
    for method in wanted.values():
        if method.is_network:
            file.run_config(method.name)  # fails now rather than after hours
    inner = InnerSplit(graph, dataset, chosen)
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    output.parent.mkdir(parents=True, exist_ok=True)
    storage = f"sqlite:///{(output.parent / STORAGE).absolute()}"
    found: dict[str, Tuned] = {}
    with restored(graph):
        for method in all_tunables():
            study = optuna.create_study(
                study_name=_study_name(method, dataset),
                storage=storage,
                pruner=optuna.pruners.MedianPruner(n_startup_trials=UNPRUNED),
                direction="maximize",
                load_if_exists=True,
            )
            if method.name in wanted:
                _search(study, method, inner, trials, seconds, seed)
            if _trials(study, TrialState.COMPLETE):
                found[method.name] = _tuned(study, method)
    file.write(found)
    return list(found.values())


def _study_name(method: Tunable, dataset: Dataset) -> str:
    """Return the study's name; for a network it depends on the default settings and ranges."""
    name = f"{method.name} {dataset.data_hash}"
    if method.is_network:
        ranges = {key: asdict(each) for key, each in method.ranges.items()}
        content = json.dumps([method.config.model_dump(), ranges], sort_keys=True)
        name += " " + hashlib.sha256(content.encode()).hexdigest()[:8]
    return name


def _search(
    study: optuna.Study,
    method: Tunable,
    inner: InnerSplit,
    trials: int,
    seconds: float | None,
    seed: int,
) -> None:
    known = _trials(study, *_ENDED, TrialState.WAITING)
    if not any(_given(trial) == method.defaults for trial in known):
        study.enqueue_trial(method.defaults)
    left = max(trials - len(_trials(study, *_ENDED)), len(_trials(study, TrialState.WAITING)))
    if left <= 0:
        return
    # Each call needs another seed: the same one would draw the first call's settings again.
    study.sampler = optuna.samplers.TPESampler(seed=seed + len(study.trials))

    def objective(trial: optuna.Trial) -> float:
        settings = {
            key: _suggest(trial, key, allowed, method.defaults[key])
            for key, allowed in method.ranges.items()
        }

        def report(step: int, value: float) -> None:
            trial.report(value, step)
            if trial.should_prune():
                raise optuna.TrialPruned

        return inner.score(method, method.config.changed(settings), report)

    # The training of a network shows its own progress bars.
    title = f"{method.title}, trials"
    with nullcontext(None) if method.is_network else progress_bar(title, left) as advance:

        def tell(study: optuna.Study, trial: FrozenTrial) -> None:
            if advance:
                advance(1)
            else:
                say(f"{title}: {len(_trials(study, *_ENDED))} of {trials}, {_outcome(trial)}")

        study.optimize(
            objective,
            n_trials=left,
            timeout=seconds,
            catch=(ArithmeticError, np.linalg.LinAlgError),  # such settings fail
            callbacks=[tell],
        )
    if _trials(study, TrialState.COMPLETE):
        best = _tuned(study, method)
        say(
            f"{method.title}: best mrr_sum@10 {best.validation:.4f} after {best.trials} trials, "
            f"with {best.settings}"
        )


def _outcome(trial: FrozenTrial) -> str:
    if trial.state == TrialState.COMPLETE:
        return f"mrr_sum@10 {trial.value:.4f}"
    return "stopped early" if trial.state == TrialState.PRUNED else "training failed"


def _suggest(trial: optuna.Trial, name: str, allowed: Search, default: Number) -> Number:
    if allowed.choices:
        chosen: Number = trial.suggest_categorical(name, allowed.choices)
        return chosen
    if isinstance(default, int):
        return trial.suggest_int(name, int(allowed.low), int(allowed.high), log=allowed.log)
    return _rounded(trial.suggest_float(name, allowed.low, allowed.high, log=allowed.log))


def _rounded(value: Number) -> Number:
    return float(f"{value:.{_DIGITS}g}") if isinstance(value, float) else value


def _given(trial: FrozenTrial) -> dict[str, Number]:
    """Return a trial's settings, also before it starts."""
    settings: dict[str, Number] = trial.system_attrs.get("fixed_params", trial.params)
    return settings


def _trials(study: optuna.Study, *states: TrialState) -> list[FrozenTrial]:
    return study.get_trials(states=states)


def _tuned(study: optuna.Study, method: Tunable) -> Tuned:
    done = _trials(study, TrialState.COMPLETE)
    best = max(done, key=lambda trial: trial.value or 0.0)
    default = [trial.value for trial in done if trial.params == method.defaults]
    return Tuned(
        method=method.name,
        settings={name: _rounded(value) for name, value in best.params.items()},
        validation=best.value or 0.0,
        default_validation=default[0] if default else None,
        trials=len(_trials(study, *_ENDED)),
    )
