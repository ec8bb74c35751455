"""Settings with which every method trains on the graph of seven movies within moments."""

from dataclasses import fields, replace

from pipeline.comparison.methods import ALL_NAMES, changed, compared_methods
from pipeline.config import HistoryRunConfig, RunConfig, load_config

QUICK = {
    "model.name": "rkan",
    "model.embedding_dim": 4,
    "model.hidden_dim": 4,
    "train.epochs": 1,
    "train.validation_fraction": 0.0,
}
QUICK_HISTORY = {
    "history.dim": 6,
    "history.length": 8,
    "history.cuts": 2,
    "history.window": 3,
    "history.epochs": 1,
    "history.refit_epochs": 1,
    "enrich.ease_l2": 2.0,
    "paths.candidates": 5,
    "model.hidden_dim": 4,
    "train.epochs": 1,
    "train.batch_size": 2,
    "train.label_fraction": 0.3,
    "train.validation_users": 0.34,
}
_SMALL = {"epochs": 2, "iterations": 2}


def small_methods(names=ALL_NAMES):
    """These methods, none of them trained for long."""
    return [replace(method, config=_small(method.config)) for method in compared_methods(names)]


def _small(config):
    if isinstance(config, RunConfig):
        quick = load_config(overrides=QUICK)
        aggregation = config.model.aggregation
        return replace(quick, model=replace(quick.model, aggregation=aggregation))
    if isinstance(config, HistoryRunConfig):
        return changed(config, QUICK_HISTORY)
    known = {field.name for field in fields(config)}
    return replace(config, **{name: value for name, value in _SMALL.items() if name in known})
