"""The report's section on the protocol: split, candidates, metrics, groups."""

from __future__ import annotations

import pandas as pd

from pipeline.comparison.statistics import CUT, in_group
from pipeline.content.splits import GLOBAL, PER_USER
from pipeline.evaluation.beyond import COVERAGE, DIVERSITY, EXPLAINED, NOVELTY
from pipeline.evaluation.evaluate import ALL, COLD_START
from pipeline.report.content import Report
from pipeline.report.document import Section

_SPLITS = {
    PER_USER: "Split: per user, in time order. The first ratings are for training, the last",
    GLOBAL: (
        "Split: at one point in time for all users. The earlier ratings are for training, the later"
    ),
}
_BEYOND = {
    NOVELTY: (
        "`novelty@10`: the mean of -log2(share of users who rated the movie in training), in bits "
        "(Zhou et al. 2010; Vargas, Castells 2011)."
    ),
    DIVERSITY: (
        "`diversity@10`: the mean of 1 - Jaccard similarity of two movies' people and genres, over "
        "all pairs in a list (Ziegler et al. 2005; Vargas, Castells 2011)."
    ),
    COVERAGE: "`coverage@10`: the share of candidates that are in any user's top 10.",
    EXPLAINED: (
        "`explained`: the share of recommendations with at least one path of the kind that the "
        "method reads. Methods that read no paths do not have it."
    ),
}


def protocol(report: Report, summary: pd.DataFrame) -> Section:
    """Return the section, without the groups and metrics that ``summary`` lacks."""
    share = report.held_out_ratings / (report.training_ratings + report.held_out_ratings)
    counted = in_group(report.per_user, ALL).userId.nunique()
    points = [
        f"{_SPLITS[report.split]} {share:.0%} are held out.".replace("%", " %"),
        f"Evaluated: the {counted:,} users with training and held-out ratings.",
        "Candidates: all movies in the training part, except those that the user rated there.",
        "`P@k` = hits / min(k, list length).",
        "`mrr_sum@10`, called MRR in the paper: the sum of 1/rank over all hits in the top 10. It "
        "can exceed 1. `mrr@10`: the usual reciprocal rank of the first hit.",
        "`recall@10` = hits / held-out movies; `nDCG@10` has binary gains.",
        f"Cold start, as in the paper: users with fewer than {COLD_START} held-out ratings.",
    ]
    if report.tie_seed is not None:
        points.insert(
            1,
            f"A user's ratings with equal timestamps: in a random order, drawn by seed "
            f"{report.tie_seed}.",
        )
    points += [words for metric, words in _BEYOND.items() if (summary.metric == metric).any()]
    if (summary.group == CUT).any():
        cut = in_group(report.per_user, CUT).userId.nunique()
        points.append(
            f"Cut histories: every method was trained again with only the newest {report.cut_to} "
            f"training ratings of {cut:,} users. The figures are for these users. Held-out movies "
            f"and candidates stay the same."
        )
    points.append(
        "Figures are means over seeds ± their standard deviation. Methods without random draws ran "
        "once and have no ±. The whiskers of the plots are 95 % bootstrap intervals over users."
    )
    return Section("Protocol", points=tuple(points))
