"""Questions to a graph of films and its runs, none of which changes anything."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Self

from pipeline.connect import open_graph
from pipeline.content.dataset import Dataset, read_dataset
from pipeline.content.lookup import named_user
from pipeline.graph import Graph
from pipeline.home import Home

if TYPE_CHECKING:  # so that most questions need no PyTorch
    from pipeline.explanation.explain import Explanation
    from pipeline.explanation.search import Match
    from pipeline.explanation.similar import SimilarReport
    from pipeline.explanation.why_not import WhyNot
    from pipeline.recommendation.kept import Kept
    from pipeline.recommendation.preview import Preview
    from pipeline.runs.stored import Run


class FilmReader:
    """A graph of films and the runs of a home, for reading only. Use it as a context manager.

    Methods raise subclasses of PipelineError, whose message is the line that a command prints.
    Several threads may ask at the same time.

    Attributes:
        graph: the database.
        home: the folder with checkpoints and downloads.

    Args of the constructor:
        kept: where ``preview`` keeps what it reads, for many recommendations in a row.
    """

    read_only: ClassVar[bool] = True

    def __init__(self, graph: Graph, home: Home, *, kept: Kept | None = None) -> None:
        self.graph = graph
        self.home = home
        self._kept = kept

    @classmethod
    def open(cls, home: str | Path | None = None) -> Self:
        """Open the graph that the commands use.

        It is the one at NEO4J_URI. If that is not set, it is that of the home's own server, which
        is started if it does not run.

        Args:
            home: folder for server, downloads and checkpoints, by default PIPELINE_HOME, else the
                user's data folder.

        Raises:
            ConfigError: the home or a variable of the environment is wrong.
            ServerError: the home's server cannot be started.
            DatabaseError: the database does not answer, rejects the password, or is too old.
        """
        place = Home.locate(home)
        with place.private():
            return cls(open_graph(place, read_only=cls.read_only), place)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections. The server goes on running."""
        self.graph.close()

    @property
    def dataset(self) -> Dataset:
        """The data set in the graph.

        >>> films.dataset.name, films.dataset.num_users
        ('my-folder', 4)

        Raises:
            GraphContentError: the graph is empty, or a load was interrupted.
        """
        return read_dataset(self.graph)

    def trained_runs(self) -> list[str]:
        """Return the names of all runs that can recommend, the newest first.

        The home may also have runs of other graphs; recommending with one of those is refused.
        """
        from pipeline.runs.checkpoints import finished_runs

        return finished_runs(self.home)

    def runs(self) -> list[Run]:
        """Return the runs whose recommendations the graph holds, the newest first.

        >>> [run.model for run in films.runs()]
        ['RKAN-history']
        """
        from pipeline.runs.stored import read_runs

        return read_runs(self.graph)

    def preview(
        self,
        user: int | str | None = None,
        *,
        films: str | Sequence[str | int] | None = None,
        genre: str | None = None,
        from_year: int | None = None,
        to_year: int | None = None,
        run_id: str | None = None,
        top_k: int | None = None,
        device: str = "auto",
    ) -> list[Preview]:
        """Recommend to one user, or to someone who is not in the graph, and write nothing.

        >>> [each.rank for each in films.preview(films=["Heat", "Ronin (1998)"], top_k=3)]
        [1, 2, 3]
        >>> [each.movie for each in films.preview(1, genre="comedy")]
        ["A Bug's Life (1998)"]

        Args:
            user: userId, or name.
            films: titles or movieIds that someone watched, oldest first, in place of a user.
            genre: name of a genre that the films must have, in any case.
            from_year: first year of the films.
            to_year: last year of the films.
            run_id: name of the run, by default the one that finished last.
            top_k: number of films, by default that of the run's configuration.
            device: "auto", "cpu" or "cuda".

        Raises:
            NotFoundError: a film, the user or the genre does not exist, or no film is left.
            ConfigError: both or neither of ``user`` and ``films`` are given, ``top_k`` is not
                positive, or the network knows only the users that it was trained on.
            CheckpointError: there is no such run of this graph, or its checkpoint is damaged.
            GraphContentError: the graph has other derived relationships than the run needs.
        """
        from pipeline.recommendation.preview import Chosen, preview

        return preview(
            self.graph,
            self.home,
            films=films,
            user=None if user is None else self._user_id(user),
            chosen=Chosen(genre, from_year, to_year),
            run_id=run_id,
            top_k=top_k,
            device=device,
            kept=self._kept,
        )

    def explain(
        self, user: int | str, movie: int | str | None = None, *, run_id: str | None = None
    ) -> list[Explanation]:
        """Return what was recommended to a user, best first, and why.

        >>> best = films.explain(1)[0]
        >>> best.rank, len(best.sentences) == len(best.shares)
        (1, True)

        Args:
            user: userId, or name.
            movie: movieId or title of the only film to explain.
            run_id: name of the run, by default the newest with recommendations.

        Raises:
            NotFoundError: the run, the user, the film or the recommendation does not exist.
            GraphContentError: the recommendations are being replaced.
            LockedError: the run is being written.
        """
        from pipeline.explanation.explain import explain

        return explain(self.graph, self._user_id(user), movie, run_id=run_id)

    def similar(self, film: int | str, *, limit: int = 10) -> SimilarReport:
        """Return the films that are most like a film, and why they are.

        >>> [each.too for each in films.similar("Casino (1995)").films if each.movie_id == 5]
        [2]

        Args:
            film: movieId or title.
            limit: maximum number of films.

        Raises:
            NotFoundError: no such film.
            GraphContentError: the graph has no derived relationships.
            ConfigError: ``limit`` is not positive.
        """
        from pipeline.explanation.similar import similar_films

        return similar_films(self.graph, str(film), limit=limit)

    def search(self, words: str | Sequence[str], *, limit: int = 10) -> list[Match]:
        """Return films and people by name, forgiving of typos, the best match first.

        >>> films.search("toy storry")[0].name
        'Toy Story (1995)'

        Args:
            words: words of a name.
            limit: maximum number of films and people.

        Raises:
            GraphContentError: the graph is empty, or has no indexes; only a FilmGraph creates them.
            ConfigError: ``limit`` is not positive.
        """
        from pipeline.explanation.search import search

        return search(self.graph, [words] if isinstance(words, str) else words, limit=limit)

    def why_not(
        self, user: int | str, film: int | str, *, run_id: str | None = None, device: str = "auto"
    ) -> WhyNot:
        """Return why a film is not on a user's list.

        >>> films.why_not(1, "Big").reason
        <Reason.RATED: 'rated'>

        Args:
            user: userId, or name.
            film: movieId or title.
            run_id: name of the run, by default the newest.
            device: "auto", "cpu" or "cuda".

        Raises:
            NotFoundError: no such user or film, or the user has no training rating.
            CheckpointError: there is no such run of this graph, or its checkpoint is damaged.
            GraphContentError: the graph has other derived relationships than the run needs.
        """
        from pipeline.explanation.why_not import why_not

        return why_not(
            self.graph, self.home, self._user_id(user), str(film), run_id=run_id, device=device
        )

    def _user_id(self, user: int | str) -> int:
        return named_user(self.graph, user) if isinstance(user, str) else user
