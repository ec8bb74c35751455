"""Settings with which every method trains on the graph of seven movies within moments."""

from dataclasses import replace

from pipeline.comparison.methods import all_names, compared_methods

QUICK = {
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
    "paths.candidates_of_new": 1,
    "model.hidden_dim": 4,
    "train.epochs": 1,
    "train.batch_size": 2,
    "enrich.label_fraction": 0.3,
    "train.validation_users": 0.34,
}
_NETWORKS = {"rkan": QUICK, "rkan-history": QUICK_HISTORY}
_SMALL = {"epochs": 2, "iterations": 2}


def small_methods(names=None):
    """These methods, all by default, none of them trained for long."""
    chosen = compared_methods(all_names() if names is None else names)
    return [replace(method, config=_small(method)) for method in chosen]


def _small(method):
    if method.run_config is None:
        known = type(method.config).model_fields
        return method.config.changed({name: n for name, n in _SMALL.items() if name in known})
    return method.config.changed(_NETWORKS[method.run_config.network])
