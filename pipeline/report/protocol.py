"""What a reader of a comparison's figures must know: split, candidates, metrics, groups."""

from __future__ import annotations

import pandas as pd

from pipeline.comparison.statistics import CUT, in_group
from pipeline.content.splits import GLOBAL, PER_USER
from pipeline.evaluation.beyond import COVERAGE, DIVERSITY, EXPLAINED, NOVELTY
from pipeline.evaluation.evaluate import ALL, COLD_START
from pipeline.report.content import Report
from pipeline.report.document import Section

_SPLITS = {
    PER_USER: "Split: each user's ratings in time order; the first ones train, the last",
    GLOBAL: "Split: at one point in time for all users; earlier ratings train, the later",
}
_BEYOND = {
    NOVELTY: (
        "`novelty@10`: the mean of -log2(share of users who rated the movie in training), in bits "
        "(Zhou et al. 2010; Vargas, Castells 2011)."
    ),
    DIVERSITY: (
        "`diversity@10`: the mean of 1 - Jaccard similarity of two movies' people and genres, over "
        "the pairs of a list (Ziegler et al. 2005; Vargas, Castells 2011)."
    ),
    COVERAGE: "`coverage@10`: the share of candidates that are in anyone's top 10.",
    EXPLAINED: (
        "`explained`: the share of recommendations with at least one path of the kind that the "
        "method reads; other methods have none to show."
    ),
}


def protocol(report: Report, summary: pd.DataFrame) -> Section:
    """The section; of groups and figures that ``summary`` lacks it says nothing."""
    share = report.held_out_ratings / (report.training_ratings + report.held_out_ratings)
    counted = in_group(report.per_user, ALL).userId.nunique()
    points = [
        f"{_SPLITS[report.split]} {share:.0%} are held out.".replace("%", " %"),
        f"Counted: the {counted:,} users with training and held-out ratings.",
        "Candidates: all movies of the training part but those that the user rated there.",
        "`P@k` = hits / min(k, list length).",
        "`mrr_sum@10`, what the paper calls MRR: the sum of 1/rank over all hits in the top 10, so "
        "it can exceed 1. `mrr@10`: the usual reciprocal rank of the first hit.",
        "`recall@10` = hits / held-out movies; `nDCG@10` has binary gains.",
        f"Cold start, the paper's: users with fewer than {COLD_START} held-out ratings.",
    ]
    if report.tie_seed is not None:
        points.insert(1, f"A user's equal timestamps: in an order drawn by seed {report.tie_seed}.")
    points += [words for metric, words in _BEYOND.items() if (summary.metric == metric).any()]
    if (summary.group == CUT).any():
        cut = in_group(report.per_user, CUT).userId.nunique()
        points.append(
            f"Cut histories: every method learned afresh with only the newest {report.cut_to} "
            f"training ratings of {cut:,} users, whose figures these are. Held-out movies and "
            f"candidates stay the same."
        )
    points.append(
        "Figures are means over seeds ± their standard deviation; methods without draws ran once, "
        "so they have none. The whiskers of the plots are 95 % bootstrap intervals over users."
    )
    return Section("Protocol", points=tuple(points))
