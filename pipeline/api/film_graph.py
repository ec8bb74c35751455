"""A graph of films, and what the commands do with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from pipeline.api.reader import FilmReader

if TYPE_CHECKING:  # so that opening a graph needs neither PyTorch nor pandas
    from pipeline.adoption.split import SplitSummary
    from pipeline.adoption.update import UpdateSummary
    from pipeline.content.splits import SplitKind
    from pipeline.enrichment.enrich import EnrichSummary
    from pipeline.load.kg import LoadSummary
    from pipeline.recommendation.recommend import RecommendSummary
    from pipeline.runs.train import Resume, TrainResult


class FilmGraph(FilmReader):
    """A graph of films and the runs of a home, to read and to change.

    Each method calls what one command calls, with its options as keyword arguments; docs/api.md
    shows all of them. Only one thread at a time may load, split, update, enrich, train or
    recommend.

    >>> with FilmGraph.open() as opened:
    ...     opened.dataset.num_movies
    10
    """

    read_only: ClassVar[bool] = False

    def load(
        self,
        dataset: str | Path,
        *,
        imdb: str = "none",
        test_fraction: float = 0.2,
        split: SplitKind = "per-user-time",
        tie_seed: int | None = None,
        strict_links: bool = False,
        replace: bool = False,
    ) -> LoadSummary:
        """Load a data set; ``pipeline load-kg --help`` explains the options.

        Loading the same data again changes nothing.

        >>> films.load("my-folder").nodes["Movie"]
        10

        Args:
            dataset: "ml-100k", "ml-1m", "ml-latest-small", "ml-25m", "ml-32m", or a folder.
            imdb: "none", "download", or a folder with IMDb's files.
            test_fraction: fraction of the ratings to hold out, the latest ones.
            split: "per-user-time" or "global-time".
            tie_seed: seed to shuffle a user's ratings with equal timestamps.
            strict_links: True to refuse facts that seem to stand on wrong movies.
            replace: True to remove another data set and its runs first.

        Raises:
            SourceError: no such data set or folder, or an unusable file.
            DownloadError: a download failed.
            GraphContentError: the graph holds other data, and ``replace`` is False.
            LockedError: another load is going on.
        """
        from pipeline.load.facts import read_tables
        from pipeline.load.kg import load_kg

        with self.home.private():
            tables = read_tables(str(dataset), imdb, self.home, strict_links=strict_links)
            return load_kg(
                self.graph,
                tables,
                test_fraction=test_fraction,
                split=split,
                tie_seed=tie_seed,
                replace=replace,
                quarantine=self.home.quarantine,
            )

    def split(
        self,
        description: str | Path,
        *,
        test_fraction: float = 0.2,
        split: SplitKind = "per-user-time",
        tie_seed: int | None = None,
        replace: bool = False,
    ) -> SplitSummary:
        """Prepare a graph that something else has made; ``pipeline split --help`` explains how.

        Preparing it again in the same way changes nothing.

        Args:
            description: TOML file that says which nodes are users and items; ``pipeline init``
                proposes one.
            test_fraction: fraction of the interactions to hold out, the latest ones.
            split: "per-user-time" or "global-time".
            tie_seed: seed of the order of a user's equal times, and of all where there are no
                times.
            replace: True to remove first what an earlier call added, with its runs.

        Raises:
            ConfigError: the description is wrong, or the interactions cannot be split this way.
            GraphContentError: the graph does not have what the description says, was loaded with
                ``load``, or has been prepared in another way and ``replace`` is False.
            LockedError: another load is going on.
        """
        from pipeline.adoption.split import split_graph
        from pipeline.description import read_description

        return split_graph(
            self.graph,
            read_description(Path(description)),
            test_fraction=test_fraction,
            split=split,
            tie_seed=tie_seed,
            replace=replace,
        )

    def update(self, description: str | Path | None = None) -> UpdateSummary:
        """Take in what a graph has gained since ``split``, as ``pipeline split --update`` does.

        Trained runs stay usable. Without anything new, nothing is written.

        Args:
            description: the file that was given to ``split``, to check that it is the same; None
                for the description in the graph.

        Raises:
            ConfigError: the description is wrong.
            GraphContentError: ``split`` has not prepared the graph, or something that it has
                prepared is gone or has changed.
            LockedError: another load is going on.
        """
        from pipeline.adoption.update import update_graph
        from pipeline.description import read_description

        described = None if description is None else read_description(Path(description))
        return update_graph(self.graph, described)

    def enrich(
        self,
        *,
        similar: str | None = None,
        neighbours: int | None = None,
        run_id: str | None = None,
    ) -> EnrichSummary:
        """Add relationships computed from the ratings; those that are up to date are kept.

        >>> films.enrich().method
        'ease'

        Args:
            similar: "ease" or "cosine", the weights of SIMILAR.
            neighbours: number of relationships of each type kept per movie.
            run_id: the run whose settings are taken in place of the other two.

        Raises:
            ConfigError: an option is wrong.
            CheckpointError: no such run.
        """
        from pipeline.enrichment.enrich import enrich_all
        from pipeline.runs.derived import chosen_enrichment

        config = chosen_enrichment(
            self.graph, self.home, similar=similar, neighbours=neighbours, run_id=run_id
        )
        return enrich_all(self.graph, config)

    def train(
        self,
        network: str | None = None,
        *,
        config: str | Path | None = None,
        settings: Mapping[str, Any] | None = None,
        device: str = "auto",
        threads: int = 1,
        resume: Resume = "never",
        **options: Any,
    ) -> TrainResult:
        """Train a network and write its checkpoint.

        >>> done = films.train("rkan-history", epochs=1, settings={"history.epochs": 1})
        >>> done.run_id in films.trained_runs()
        True

        Args:
            network: "rkan-history" or "rkan", by default that of the file, else "rkan-history".
            config: TOML file with settings, such as those in configs/.
            settings: any settings by dotted name; they override the file.
            device: "auto", "cpu" or "cuda".
            threads: number of CPU threads.
            resume: "always" or "if possible" to resume an interrupted run.
            options: the options of ``pipeline train`` by name, such as ``epochs=3``; they override
                ``settings``.

        Raises:
            ConfigError: a file, setting or option is wrong, or training diverges.
            GraphContentError: the graph is empty or has too few ratings.
            CheckpointError: no run can be resumed, or a checkpoint is damaged.
        """
        from pipeline.networks.configuration import chosen_config
        from pipeline.runs.train import train

        file = None if config is None else Path(config)
        chosen = chosen_config(file, network, settings, options)
        with self.home.private():
            return train(
                self.graph, self.home, chosen, device=device, threads=threads, resume=resume
            )

    def recommend(
        self,
        users: Sequence[int] | None = None,
        *,
        run_id: str | None = None,
        top_k: int | None = None,
        device: str = "auto",
    ) -> RecommendSummary:
        """Write recommendations with their reasons into the graph, where ``explain`` finds them.

        >>> films.recommend([1, 2], top_k=2).recommendations
        4

        Args:
            users: userIds, by default all users.
            run_id: name of the run, by default the one that finished last.
            top_k: number of films per user, by default that of the run's configuration.
            device: "auto", "cpu" or "cuda".

        Raises:
            NotFoundError: a user does not exist.
            CheckpointError: there is no such run of this graph, or its checkpoint is damaged.
            ConfigError: ``top_k`` is not positive.
            GraphContentError: the graph has other derived relationships than the run needs.
        """
        from pipeline.recommendation.recommend import recommend

        return recommend(
            self.graph, self.home, run_id=run_id, users=users, top_k=top_k, device=device
        )
