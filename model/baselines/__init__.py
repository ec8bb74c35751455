"""The methods that RKAN is compared with, one per file, and their names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from model.baselines.base import Baseline, Interactions
from model.baselines.bprmf import BPRMF, BPRMFConfig
from model.baselines.cke import CKE, CKEConfig
from model.baselines.ease import EASE, EASEConfig, RecentEASE, RecentEASEConfig
from model.baselines.graphlf import GraphLF, GraphLFConfig
from model.baselines.heterec import HeteRec, HeteRecConfig
from model.baselines.heters import HeteRS, HeteRSConfig
from model.baselines.item_knn import ItemKNN, ItemKNNConfig
from model.baselines.libfm import LibFM, LibFMConfig
from model.baselines.ncf import NCF, NCFConfig
from model.baselines.popular import Popular, PopularConfig
from model.baselines.random_order import Random, RandomConfig
from model.baselines.sasrec import SASRec, SASRecConfig
from model.baselines.watched_next import WatchedNext, WatchedNextConfig
from model.settings import Settings

__all__ = ["METHODS", "Baseline", "Interactions", "Method"]


@dataclass(frozen=True)
class Method:
    """A baseline by name.

    Attributes:
        name: the name in options and file names.
        title: the name in tables.
        source: the paper that the method comes from, or "ours"; may be empty.
        baseline: the class of the method.
        config: the class of its settings. The defaults are those tuned for MovieLens-100K.
    """

    name: str
    title: str
    source: str
    baseline: type[Baseline[Any]]
    config: type[Settings]


METHODS: dict[str, Method] = {
    method.name: method
    for method in (
        Method("random", "Random", "", Random, RandomConfig),
        Method("popular", "Most popular", "", Popular, PopularConfig),
        Method("item-knn", "Item-kNN", "Deshpande & Karypis, TOIS 2004", ItemKNN, ItemKNNConfig),
        Method("ease", "EASE", "Steck, WWW 2019", EASE, EASEConfig),
        Method(
            "ease-recent",
            "EASE, recency",
            "Steck, WWW 2019; decay ours",
            RecentEASE,
            RecentEASEConfig,
        ),
        Method("watched-next", "Watched next", "ours", WatchedNext, WatchedNextConfig),
        Method("sasrec", "SASRec", "Kang & McAuley, ICDM 2018", SASRec, SASRecConfig),
        Method("bprmf", "BPRMF", "Rendle et al., UAI 2009", BPRMF, BPRMFConfig),
        Method("libfm", "LIBFM", "Rendle, ICDM 2010", LibFM, LibFMConfig),
        Method("ncf", "NCF", "He et al., WWW 2017", NCF, NCFConfig),
        Method("heters", "HeteRS", "Pham et al., ICDE 2015 and TKDE 2016", HeteRS, HeteRSConfig),
        Method("heterec", "HeteRec", "Yu et al., WSDM 2014", HeteRec, HeteRecConfig),
        Method("graphlf", "GraphLF", "Catherine & Cohen, RecSys 2016", GraphLF, GraphLFConfig),
        Method("cke", "CKE", "Zhang et al., KDD 2016", CKE, CKEConfig),
    )
}
