"""The figures of the paper's Table 1, under this project's names of methods, groups and metrics.

Cheng, Liu, Lu, Tang: "Recurrent Knowledge Attention Network For Movie Recommendation", Table 1.
They are for MovieLens-1M joined with IMDb, trained on the first 80 % of each user's ratings.
"""

from __future__ import annotations

from pipeline.evaluation.evaluate import ALL, COLD

PAPER_METRICS = ("P@1", "P@5", "P@10", "mrr_sum@10")  # the paper calls the last one MRR
_RKGE = ((0.1396, 0.1092, 0.0861, 0.3056), (0.0809, 0.0481, 0.0467, 0.1521))
# method: (all users, cold start), each in the order of PAPER_METRICS
_TABLE_1 = {
    "bprmf": ((0.0409, 0.0438, 0.0441, 0.1234), (0.0171, 0.0191, 0.0205, 0.0438)),
    "libfm": ((0.0459, 0.0525, 0.0456, 0.1412), (0.0330, 0.0203, 0.0273, 0.0457)),
    "ncf": ((0.0450, 0.0482, 0.0485, 0.1360), (0.0188, 0.0210, 0.0225, 0.0481)),
    "heters": ((0.0689, 0.0528, 0.0475, 0.1600), (0.0405, 0.0428, 0.0370, 0.1239)),
    "heterec": ((0.0764, 0.0579, 0.0488, 0.1737), (0.0573, 0.0428, 0.0402, 0.1355)),
    "graphlf": ((0.1069, 0.0360, 0.0581, 0.1524), (0.0677, 0.0267, 0.0422, 0.1188)),
    "cke": ((0.0954, 0.0781, 0.0682, 0.2440), (0.0687, 0.0432, 0.0372, 0.1408)),
    "rkge-max": _RKGE,  # the paper has one row for both poolings
    "rkge-mean": _RKGE,
    "rkan": ((0.1595, 0.1219, 0.0951, 0.3346), (0.0905, 0.0526, 0.0510, 0.1644)),
}


def paper_value(method: str, group: str, metric: str) -> float | None:
    """Return the paper's figure for a method, group and metric; None where it has none."""
    if method not in _TABLE_1 or group not in (ALL, COLD) or metric not in PAPER_METRICS:
        return None
    return _TABLE_1[method][(ALL, COLD).index(group)][PAPER_METRICS.index(metric)]
