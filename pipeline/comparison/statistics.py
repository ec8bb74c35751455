"""Statistics of a comparison: means over seeds, intervals over users, paired tests.

Letters: U users of a group; C columns, one per method and metric; N resamples.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import stats

from model.arrays import Doubles
from pipeline.comparison.users import COLD_CANDIDATES, NEW_CANDIDATES, USUAL
from pipeline.evaluation.beyond import BEYOND, COVERAGE
from pipeline.evaluation.bootstrap import bootstrap_interval
from pipeline.evaluation.evaluate import ALL, COLD, COLD_START
from pipeline.ranking.metrics import METRICS

CUT, UNCUT = "cut histories", "the same users, full histories"
CUT_2, CUT_1 = "histories cut to 2", "histories cut to 1"
COLD_MOVIES, NEW_MOVIES = "cold movies", "new movies"
THIN = (CUT_2, CUT_1, COLD_MOVIES, NEW_MOVIES)
GROUPS = (ALL, COLD, CUT, UNCUT, *THIN)
COMPARED_METRICS = ("P@1", "P@10", "mrr_sum@10")
LEVEL = 0.05  # significance level of the tests
_ROUNDING = 1e-12  # differences up to this size count as 0


def in_group(per_user: pd.DataFrame, group: str) -> pd.DataFrame:
    """Return the rows of one of ``GROUPS``; none for UNCUT without histories cut to 4."""
    kind, candidates, cut = (per_user[name] for name in ("histories", "candidates", "isCut"))
    full, usual = kind == "full", candidates == USUAL
    chosen = {
        ALL: full & usual,
        COLD: full & usual & (per_user["heldOut"] < COLD_START),
        CUT: (kind == "cut") & cut,
        UNCUT: full & usual & cut & bool((kind == "cut").any()),
        CUT_2: (kind == "cut2") & cut,
        CUT_1: (kind == "cut1") & cut,
        COLD_MOVIES: full & (candidates == COLD_CANDIDATES),
        NEW_MOVIES: full & (candidates == NEW_CANDIDATES),
    }[group]
    return per_user[chosen]


def summarise(per_user: pd.DataFrame, *, resamples: int = 2000, seed: int = 0) -> pd.DataFrame:
    """Return the mean of each metric for each group and method; groups without users are left out.

    Metrics beyond accuracy are left out for methods that do not have them. Coverage is a property
    of a whole run: it is given only for all users, and without an interval.

    Returns:
        One row per group, method and metric: ``group``, ``method``, ``users``, ``seeds``,
        ``metric``, ``mean``, ``sd`` (over seeds, ddof=1; NaN for one seed), ``low`` and ``high``
        (95 % bootstrap interval of the mean over users; a user's value is the mean over seeds).

    Raises:
        ValueError: a user lacks the metrics of some method or seed, or has them twice.
    """
    frames = []
    for group in GROUPS:
        rows = in_group(per_user, group)
        if rows.empty:
            continue
        beyond = [name for name in BEYOND if name in rows and (group == ALL or name != COVERAGE)]
        by_seed = _by_user(rows, group, [*METRICS, *beyond])
        averaged = _over_seeds(by_seed)
        low, high = bootstrap_interval(averaged.to_numpy(), resamples=resamples, seed=seed)
        seeds = by_seed.mean().groupby(level=["metric", "method"], sort=False)
        frame = pd.DataFrame(
            {"mean": averaged.mean(), "sd": seeds.std(), "low": low, "high": high},
            index=averaged.columns,
        ).reset_index()
        frame.loc[frame["metric"] == COVERAGE, ["low", "high"]] = np.nan
        frame["group"], frame["users"] = group, len(averaged)
        frame["seeds"] = seeds.size().to_numpy()
        frames.append(frame)
    columns = ["group", "method", "users", "seeds", "metric", "mean", "sd", "low", "high"]
    return _stacked(frames, columns)


def compare_pairs(
    per_user: pd.DataFrame,
    reference: str,
    metrics: Sequence[str] = COMPARED_METRICS,
    *,
    resamples: int = 2000,
    seed: int = 0,
) -> pd.DataFrame:
    """Compare the reference with each other method, paired by user: reference minus other.

    A user's value is the mean over seeds. The test is the two-sided paired t-test, because it
    tests the mean difference that the tables show. The Wilcoxon test drops differences of 0 (most
    of them at P@1) and tests whether the others lie symmetrically around 0. For retrieval metrics
    of 50 and more topics, the t-test and the permutation test give nearly the same p (Smucker,
    Allan, Carterette, CIKM 2007; Urbano, Lima, Hanjalic, SIGIR 2019). p_holm is Holm's step-down
    adjustment (1979) for the methods of one group and metric. There is no adjustment for the
    number of groups and metrics.

    Interval and test generalise to other users of the same kind, not to other training runs.

    Returns:
        One row per group, metric and other method: ``group``, ``metric``, ``method``, ``users``,
        ``difference``, ``low`` and ``high`` (its 95 % bootstrap interval), ``p``, ``p_holm``,
        ``effect_size`` (Cohen's d_z: mean / standard deviation, ddof=1, of the users' differences).
        Where all differences are 0, p is 1 and d_z is 0. For a single user both are NaN. Groups
        without results of the reference are left out.

    Raises:
        ValueError: the reference has no row, or a user lacks the metrics of a method or seed.
    """
    if not (per_user["method"] == reference).any():
        known = ", ".join(map(str, per_user["method"].unique()))
        raise ValueError(
            f"the reference {reference!r} has no results; methods with results: {known}"
        )
    frames = []
    for group in GROUPS:
        rows = in_group(per_user, group)
        if not (rows["method"] == reference).any():
            continue
        averaged = _over_seeds(_by_user(rows, group, list(metrics)))
        others = averaged.loc[:, averaged.columns.get_level_values("method") != reference]
        if others.columns.empty:
            continue
        own = averaged.xs(reference, axis=1, level="method")
        minuends = own[others.columns.get_level_values("metric")].to_numpy()
        frame = _paired(minuends - others.to_numpy(), resamples, seed)
        frame.index = others.columns
        frame["p_holm"] = frame.groupby(level="metric", sort=False)["p"].transform(holm)
        frames.append(frame.reset_index().assign(group=group, users=len(others)))
    columns = ["group", "metric", "method", "users", "difference", "low", "high"]
    columns += ["p", "p_holm", "effect_size"]
    return _stacked(frames, columns)


def summarise_study(per_user: pd.DataFrame) -> pd.DataFrame:
    """Return the mean of each metric over all users for each value of a setting.

    Args:
        per_user: per-user metrics with two more columns: ``value`` (of the setting), ``ranking``.

    Returns:
        One row per ranking, value and metric: ``ranking``, ``value``, ``metric``, ``mean`` and
        ``sd`` (over seeds, ddof=1; NaN for one seed).
    """
    by_seed = in_group(per_user, ALL).groupby(["ranking", "value", "seed"], sort=False)
    means = by_seed[list(METRICS)].mean().rename_axis("metric", axis=1).stack()
    over_seeds = means.groupby(level=["ranking", "value", "metric"], sort=False)
    return pd.DataFrame({"mean": over_seeds.mean(), "sd": over_seeds.std()}).reset_index()


def holm(p: pd.Series[float]) -> Doubles:
    """Return Holm's step-down adjusted p-values, in the order of ``p``."""
    values = p.to_numpy(dtype=np.float64)
    order = np.argsort(values)
    stepped = np.maximum.accumulate(values[order] * np.arange(len(values), 0, -1))
    return np.asarray(np.minimum(stepped, 1.0)[np.argsort(order)], dtype=np.float64)


def _paired(differences: Doubles, resamples: int, seed: int) -> pd.DataFrame:
    """Return mean, interval, p and effect size of each column of ``differences`` [U, C]."""
    low, high = bootstrap_interval(differences, resamples=resamples, seed=seed)
    mean = differences.mean(axis=0)
    p, effect = np.full_like(mean, np.nan), np.full_like(mean, np.nan)
    if len(differences) > 1:
        spread = differences.std(axis=0, ddof=1)
        varied, none = spread > _ROUNDING, (spread <= _ROUNDING) & (abs(mean) <= _ROUNDING)
        p[:], effect[:] = 0.0, np.copysign(np.inf, mean)  # the same difference for all users
        p[none], effect[none] = 1.0, 0.0
        effect[varied] = mean[varied] / spread[varied]
        p[varied] = stats.ttest_1samp(differences[:, varied], 0.0).pvalue  # the paired t-test
    return pd.DataFrame(
        {"difference": mean, "low": low, "high": high, "p": p, "effect_size": effect}
    )


def _by_user(rows: pd.DataFrame, group: str, metrics: list[str]) -> pd.DataFrame:
    """Return one row per user [U], with columns (metric, method, seed) in the order of ``rows``.

    No value is missing. A metric beyond accuracy that a run has for no user gets no column.
    """
    key = ["userId", "method", "seed"]
    twice = rows[rows.duplicated(key)]
    if len(twice):
        user, method, seed = twice.iloc[0][key]
        raise ValueError(f"user {user} has more than one row of {method}, seed {seed} ({group})")
    runs = rows[["method", "seed"]].drop_duplicates()
    wide = rows.pivot(index="userId", columns=["method", "seed"], values=metrics)
    wide.columns.names = ["metric", "method", "seed"]
    absent = wide.isna().all()
    wanted = [
        (metric, method, seed)
        for metric in metrics
        for method, seed in runs.itertuples(index=False, name=None)
        if metric in METRICS or not absent[metric, method, seed]
    ]
    wide = wide[wanted]
    gaps = np.argwhere(wide.isna().to_numpy())
    if len(gaps):
        line, column = gaps[0]
        metric, method, seed = wanted[column]
        raise ValueError(
            f"user {wide.index[line]} has no {metric} of {method}, seed {seed}, but other users do "
            f"({group}); methods can be compared only on the same users"
        )
    return wide


def _over_seeds(by_seed: pd.DataFrame) -> pd.DataFrame:
    """Average the result of ``_by_user`` over seeds, into columns (metric, method)."""
    return by_seed.T.groupby(level=["metric", "method"], sort=False).mean().T


def _stacked(frames: list[pd.DataFrame], columns: list[str]) -> pd.DataFrame:
    if not frames:
        return pd.DataFrame(columns=columns)
    return pd.concat(frames, ignore_index=True)[columns]
