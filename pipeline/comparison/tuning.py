"""Finds the baselines' settings on an inner split by time; HELD_OUT is never read."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import optuna

from model.atomic_file import write_atomically
from model.baselines import METHODS, Interactions, Method
from pipeline.catalogue import Catalogue, read_catalogue
from pipeline.comparison.interactions import baseline_scores, interactions
from pipeline.comparison.methods import RUN_CONFIGS
from pipeline.dataset import read_dataset
from pipeline.device import torch_threads
from pipeline.errors import ConfigError, GraphContentError
from pipeline.graph import Graph
from pipeline.histories import Histories, read_histories
from pipeline.progress import progress_bar, say
from pipeline.training.validation import Validator

VALIDATION_FRACTION = 0.2  # last part of each training history
STORAGE = "tuning.db"
_DIGITS = 3  # significant ones of a tuned number, so that it can be written down as it was run


@dataclass(frozen=True)
class Tuned:
    """The best settings found for one method.

    Attributes:
        method: its name.
        settings: the tuned ones.
        validation: mrr_sum@10 on the inner split.
        default_validation: the same with the default settings; None where these were not tried.
        trials: settings tried, all calls together.
    """

    method: str
    settings: dict[str, float | int]
    validation: float
    default_validation: float | None
    trials: int


@torch_threads()
def tune(
    graph: Graph,
    names: Sequence[str],
    *,
    trials: int,
    seconds: float | None,
    output: Path,
    seed: int = 0,
) -> list[Tuned]:
    """Search each method's settings and write the best ones found so far into a TOML file.

    The file holds every method ever tuned with it on this data; what was tried is kept beside it,
    so that a search goes on where it was.

    Args:
        graph: a graph that pipeline load-kg filled.
        names: baselines; those without tuned settings are passed over.
        trials: settings to try per method, those of earlier calls included; the defaults are one.
        seconds: no trial of a method begins later than this after its first; None for no limit.
        output: the TOML file, as pipeline compare --config takes it.
        seed: of the search.

    Raises:
        GraphContentError: the graph is empty, or no history is long enough to split.
        ConfigError: a name that is no baseline's, or a file in the way that is not TOML.
    """
    methods = [_baseline(name) for name in names]
    dataset = read_dataset(graph)
    trial_score = _TrialScore(read_histories(graph), read_catalogue(graph))
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    output.parent.mkdir(parents=True, exist_ok=True)
    storage = f"sqlite:///{(output.parent / STORAGE).absolute()}"
    found: dict[str, Tuned] = {}
    for method in METHODS.values():
        if not _searched(method):
            continue
        study = optuna.create_study(
            study_name=f"{method.name} {dataset.data_hash}",
            storage=storage,
            sampler=optuna.samplers.TPESampler(seed=seed),
            direction="maximize",
            load_if_exists=True,
        )
        if method in methods:
            _search(study, method, trial_score, trials, seconds)
        if _completed(study):
            found[method.name] = _tuned(study, method)
    write_atomically(output, _toml(found, dataset.name, output).encode())
    return list(found.values())


class _TrialScore:
    """mrr_sum@10 on the inner held-out part."""

    def __init__(self, histories: Histories, catalogue: Catalogue) -> None:
        self._training, self._validation = histories.split(VALIDATION_FRACTION)
        self._catalogue = catalogue
        if not ((self._training.sizes > 0) & (self._validation.sizes > 0)).any():
            raise GraphContentError("no history is long enough to tune on")
        self._interactions: Interactions = interactions(self._training, catalogue)

    def __call__(self, method: Method, config: Any) -> float:
        baseline = method.baseline(config, 0)
        baseline.fit(self._interactions)
        score = baseline_scores(baseline, self._training, self._catalogue)
        return Validator(score, self._training, self._validation)()


def _search(
    study: optuna.Study,
    method: Method,
    trial_score: Callable[[Method, Any], float],
    trials: int,
    seconds: float | None,
) -> None:
    study.enqueue_trial(_defaults(method), skip_if_exists=True)
    waiting = study.get_trials(states=(optuna.trial.TrialState.WAITING,))
    left = max(trials - len(_completed(study)), len(waiting))
    if left <= 0:
        return

    def objective(trial: optuna.Trial) -> float:
        config = method.config(**{name: _suggest(trial, name, space) for name, space in spaces})
        return trial_score(method, config)

    spaces = list(_searched(method).items())
    with progress_bar(f"{method.title}, trials", left) as advance:
        study.optimize(
            objective,
            n_trials=left,
            timeout=seconds,
            catch=(ArithmeticError, np.linalg.LinAlgError),  # such settings are no good
            callbacks=[lambda _study, _trial: advance(1)],
        )
    if _completed(study):
        best = _tuned(study, method)
        say(f"{method.title}: {best.validation:.4f} after {best.trials} trials, {best.settings}")


def _suggest(trial: optuna.Trial, name: str, space: dict[str, Any]) -> float | int:
    if space["choices"]:
        chosen: float | int = trial.suggest_categorical(name, space["choices"])
        return chosen
    if type(space["default"]) is int:
        return trial.suggest_int(name, space["low"], space["high"], log=space["log"])
    return _rounded(trial.suggest_float(name, space["low"], space["high"], log=space["log"]))


def _rounded(value: float | int) -> float | int:
    return float(f"{value:.{_DIGITS}g}") if isinstance(value, float) else value


def _searched(method: Method) -> dict[str, dict[str, Any]]:
    """The tuned fields: name -> default and range."""
    return {
        field.name: {"default": field.default, **field.metadata}
        for field in fields(method.config)
        if field.metadata
    }


def _defaults(method: Method) -> dict[str, float | int]:
    return {name: space["default"] for name, space in _searched(method).items()}


def _completed(study: optuna.Study) -> list[optuna.trial.FrozenTrial]:
    return study.get_trials(states=(optuna.trial.TrialState.COMPLETE,))


def _tuned(study: optuna.Study, method: Method) -> Tuned:
    done = _completed(study)
    best = max(done, key=lambda trial: trial.value or 0.0)
    default = [trial.value for trial in done if trial.params == _defaults(method)]
    return Tuned(
        method=method.name,
        settings={name: _rounded(value) for name, value in best.params.items()},
        validation=best.value or 0.0,
        default_validation=default[0] if default else None,
        trials=len(done),
    )


def _toml(found: dict[str, Tuned], dataset: str, output: Path) -> str:
    lines = [
        f"# Settings tuned on {dataset} by pipeline tune: the last {VALIDATION_FRACTION:.0%} of",
        "# each user's training history validates, by mrr_sum@10. Held-out ratings were not read.",
    ]
    named = _kept(output)
    if named:
        lines += ["", *(f"{key} = {json.dumps(file)}" for key, file in named.items())]
    for name, tuned in found.items():
        figure = f"{tuned.validation:.4f}".removeprefix("0")
        trials = f"{tuned.trials} trials" if tuned.trials > 1 else "one trial"
        lines += ["", f"# {figure} on the inner split, the best of {trials}"]
        lines += [f"[{name}]", *(f"{key} = {value!r}" for key, value in tuned.settings.items())]
    return "\n".join(lines) + "\n"


def _kept(output: Path) -> dict[str, str]:
    """The names of the networks' own configuration files, which tuning leaves as they are."""
    if not output.exists():
        return {}
    try:
        content = tomllib.loads(output.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{output}: not a settings file to add to: {error}") from error
    return {key: content[key] for key in RUN_CONFIGS if isinstance(content.get(key), str)}


def _baseline(name: str) -> Method:
    if name not in METHODS:
        raise ConfigError(f"there is no baseline {name!r} to tune; known: {', '.join(METHODS)}")
    return METHODS[name]
