"""The models show the graph as it is, and refuse to change it."""

import pytest
from py2neo.database import Transaction
from py2neo.errors import ClientError
from py2neo.ogm import Repository

from pipeline.errors import GraphContentError, NotFoundError, PipelineError
from pipeline.explanation.explain import explain
from pipeline.home import Home
from pipeline.notebook import models
from pipeline.notebook.models import Genre, Movie, Person, User, find_run
from pipeline.recommendation.recommend import recommend
from tests.support.film_graph import BIG, BUG, HEAT, HELD_OUT, RATED, RONIN, TOY, query
from tests.support.film_history import RUN, save_history_network

COPY = """
MATCH (user:User)-[r:RECOMMENDED {runId: $old}]->(movie:Movie)
CREATE (user)-[copy:RECOMMENDED]->(movie) SET copy = properties(r), copy.runId = $new
WITH DISTINCT 1 AS once
MATCH (run:Run {runId: $old})
CREATE (:Run {runId: $new, writing: run.writing, finishedAt: run.finishedAt + duration('PT1M')})
"""
OTHER = "rkan-history-films-2"


def ids(movies):
    return sorted(movie.movie_id for movie in movies)


def test_a_movie_and_what_is_tied_to_it(films, opened):
    movie = Movie.match(opened, BUG).first()
    assert (movie.title, movie.name, movie.year) == ("A Bug's Life", "A Bug's Life (1998)", 1998)
    assert movie.imdb_id is None
    assert [person.name for person in movie.directors] == ["John Lasseter"]
    assert [person.name for person in movie.writers] == ["John Lasseter"]
    assert [genre.name for genre in movie.genres] == ["Comedy"]
    assert sorted(user.user_id for user in movie.rated_by) == [2, 3]
    assert Movie.match(opened, 999).first() is None


def test_a_person_and_a_genre_lead_to_movies(films, opened):
    lasseter = Person.match(opened, "nm1").first()
    assert (lasseter.person_id, lasseter.name) == ("nm1", "John Lasseter")
    assert (ids(lasseter.directed), ids(lasseter.wrote)) == ([TOY, BUG], [BUG])
    assert ids(Person.match(opened).where(name="Tom Hanks").first().acted_in) == [TOY, BIG]
    assert ids(Genre.match(opened, "Comedy").first().movies) == [TOY, BUG, BIG]


def test_movies_are_found_by_their_properties(films, opened):
    newest = Movie.match(opened).where("_.year > 2000").order_by("_.year").limit(2)
    assert [movie.title for movie in newest] == ["Unseen", "Never"]


@pytest.mark.parametrize("user", RATED)
def test_a_history_is_in_the_order_of_time(films, opened, user):
    found = User.match(opened, user).first()
    history = found.history()
    assert [each.movie.movie_id for each in history] == RATED[user]
    assert [each.position for each in history] == list(range(len(RATED[user])))
    assert {each.rating for each in history} == {4.0}
    assert ids(found.rated) == sorted(RATED[user])
    assert ids(found.held_out) == sorted(HELD_OUT[user])


def test_a_history_is_read_at_once(films, opened, monkeypatch):
    user = User.match(opened, 3).first()
    asked, run = [], Transaction.run

    def counted(self, cypher, parameters=None):
        asked.append(cypher)
        return run(self, cypher, parameters)

    monkeypatch.setattr(Transaction, "run", counted)
    assert [each.movie.title for each in user.history()][:2] == ["Heat", "Ronin"]
    assert len(asked) == 1


def test_recommendations_are_those_of_pipeline_explain(recommended, opened):
    relations = set()
    for user in (1, 2, 4):
        found = User.match(opened, user).first().recommendations()
        expected = explain(recommended, user)
        assert len(found) == len(expected) > 0
        for ours, theirs in zip(found, expected, strict=True):
            assert (ours.run_id, ours.rank, ours.score) == (RUN, theirs.rank, theirs.score)
            assert (ours.movie.movie_id, ours.movie.name) == (theirs.movie_id, theirs.movie)
            assert (ours.sentences, ours.shares) == (theirs.sentences, theirs.shares)
            assert [path.weight for path in ours.paths] == [path.weight for path in theirs.paths]
            for path, other in zip(ours.paths, theirs.paths, strict=True):
                assert [(s.kind, s.key, s.name) for s in path.steps] == [
                    (s.kind, s.key, s.name) for s in other.steps
                ]
                for step, same in zip(path.steps, other.steps, strict=True):
                    assert same.relation in (step.relations or [None])
                    relations.update(step.relations)
    assert {"RATED", "WATCHED_NEXT", "SIMILAR"} <= relations


def test_a_run_that_is_replaced_between_two_reads_is_read_again(
    recommended, opened, monkeypatch, tmp_path
):
    other = Home(tmp_path / "other")
    save_history_network(recommended, other, seed=8)
    before = [each.movie_id for each in explain(recommended, 1)]
    read = models._read_steps
    replaced: list[object] = []

    def late(*arguments):
        if not replaced:
            replaced.append(recommend(recommended, other))
        return read(*arguments)

    monkeypatch.setattr(models, "_read_steps", late)
    found = User.match(opened, 1).first().recommendations()
    expected = explain(recommended, 1)
    assert replaced and before != [each.movie_id for each in expected]
    assert [each.movie.movie_id for each in found] == [each.movie_id for each in expected]
    for ours, theirs in zip(found, expected, strict=True):
        assert [path.steps[-1].key for path in ours.paths] == [theirs.movie_id] * len(theirs.paths)


def test_a_run_that_is_replaced_all_the_time_is_an_error(recommended, opened, monkeypatch, place):
    read = models._read_steps

    def late(*arguments):
        recommend(recommended, place)
        return read(*arguments)

    monkeypatch.setattr(models, "_read_steps", late)
    with pytest.raises(GraphContentError, match="replaced 3 times while it was read"):
        User.match(opened, 1).first().recommendations()


def test_a_path_can_be_read_as_a_line(recommended, opened):
    best = User.match(opened, 1).first().recommendations()[0]
    for path in best.paths:
        assert str(path).startswith("user 1 -RATED- ")
        assert str(path).endswith(f"- {best.movie.name}")


def test_who_rated_everything_gets_nothing(recommended, opened):
    assert User.match(opened, 3).first().recommendations() == []


def test_a_run_is_chosen_and_the_newest_is_usual(recommended, opened):
    recommended.write(query(COPY, "old", "new"), old=RUN, new=OTHER)
    user = User.match(opened, 1).first()
    assert {each.run_id for each in user.recommendations()} == {OTHER} == {find_run(opened)}
    first = user.recommendations(RUN)
    assert {each.run_id for each in first} == {RUN}
    assert ids(each.movie for each in first) == ids(each.movie for each in user.recommendations())
    assert user in first[0].movie.recommended_to(RUN)
    with pytest.raises(NotFoundError, match=f"no run 'nonsense' .* newest are {OTHER}, {RUN}"):
        user.recommendations("nonsense")


def test_a_movie_knows_to_whom_it_is_recommended(recommended, opened):
    lists = {user: [each.movie_id for each in explain(recommended, user)] for user in (1, 2, 4)}
    for movie in (BUG, RONIN, HEAT):
        users = [user.user_id for user in Movie.match(opened, movie).first().recommended_to()]
        ranks = [(lists[user].index(movie), user) for user in lists if movie in lists[user]]
        assert users == [user for _, user in sorted(ranks)]


def test_without_a_run_the_command_is_named(films, opened):
    with pytest.raises(NotFoundError, match="holds no recommendations; run: pipeline recommend"):
        User.match(opened, 1).first().recommendations()


def test_models_cannot_be_saved(films, opened):
    movie = Movie.match(opened, HEAT).first()
    movie.title = "Cold"
    repository = Repository.wrap(opened)
    for change in (repository.save, repository.delete, opened.create, opened.merge, opened.push):
        with pytest.raises(PipelineError, match=r"<Movie movieId=4> cannot be saved or deleted"):
            change(movie)
    assert Movie.match(opened, HEAT).first().title == "Heat"


def test_py2neos_query_cannot_write(graph, opened):
    with pytest.raises(ClientError, match="Writing in read access mode not allowed"):
        opened.query("CREATE (:Movie {movieId: 999})")
    assert graph.read(query("MATCH (n) RETURN count(n) AS nodes"))[0]["nodes"] == 0


def test_what_py2neo_cannot_do_with_neo4j_5(films, opened):
    """docs/notebooks.md lists it; should a release mend it, correct the list."""
    schema = opened.schema
    for call, arguments in (
        (schema.get_indexes, ("Movie",)),
        (schema.get_uniqueness_constraints, ("Movie",)),
        (schema.create_index, ("Movie", "imdbId")),
        (schema.drop_index, ("Movie", "imdbId")),
        (schema.create_uniqueness_constraint, ("Movie", "imdbId")),
        (schema.drop_uniqueness_constraint, ("Movie", "imdbId")),
    ):
        with pytest.raises(ClientError, match=r"ProcedureNotFound|SyntaxError"):
            call(*arguments)


def test_related_objects_hold_one_of_parallel_relationships(recommended, opened):
    """docs/notebooks.md warns of it; user.recommendations() does not depend on it."""
    recommended.write(query(COPY, "old", "new"), old=RUN, new=OTHER)
    node = User.match(opened, 1).first().__node__
    stored = opened.relationships.match((node, None), "RECOMMENDED").count()
    user = User.wrap(node)
    assert len(user.__ogm__.related(1, "RECOMMENDED", Movie)) == stored / 2
