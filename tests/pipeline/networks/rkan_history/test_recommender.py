"""Recommending with RKAN-history: what is stored adds up, exists, and follows new ratings."""

import json
from itertools import pairwise

import numpy as np
import pytest
from click.testing import CliRunner

from model.checkpoint import load_checkpoint, save_checkpoint
from pipeline.cli import cli
from pipeline.content.dataset import read_dataset
from pipeline.enrichment.enrich import enrich_all, find_enrichment, remove_enrichment
from pipeline.errors import CheckpointError, GraphContentError
from pipeline.explanation.explain import drawing_query, explain
from pipeline.ranking.lists import rank_movies
from pipeline.recommendation.recommend import recommend
from pipeline.runs.derived import trained_on
from pipeline.runs.loading import load_recommender
from pipeline.runs.stored import read_runs
from tests.support.film_graph import (
    BUG,
    CANDIDATES,
    CASINO,
    MOVIES,
    RATED,
    RONIN,
    UNSEEN,
    entities,
    query,
)
from tests.support.film_history import RUN, save_history_network, settings
from tests.support.narrowing import present
from tests.support.runs import context_of
from tests.support.small_histories import user_rows

STORED = """
MATCH (u:User)-[r:RECOMMENDED]->(m:Movie)
RETURN u.userId AS user, m.movieId AS movie, properties(r) AS is ORDER BY user, is.rank
"""
COUNTS = "MATCH (n) RETURN count(n) AS nodes, COUNT { ()-[]->() } AS relationships"
EDGE = """
MATCH (a:Entity {entityId: $a})-[r:RATED|DIRECTED|WROTE|ACTED_IN|IN_GENRE]-(b:Entity {entityId: $b})
RETURN count(r) AS count
"""
LED = """
MATCH (a:Movie {entityId: $a})-[r:WATCHED_NEXT|SIMILAR]->(b:Movie {entityId: $b})
RETURN count(r) AS count
"""
RATE = """
MATCH (u:User {userId: $user})-[r:RATED]->() WITH u, max(r.position) + 1 AS next
MATCH (m:Movie {movieId: $movie})
CREATE (u)-[:RATED {rating: 5.0, timestamp: 99, position: next}]->(m)
"""


def stored(graph):
    return [{**row["is"], "user": row["user"], "movie": row["movie"]} for row in _rows(graph)]


def _rows(graph):
    return graph.read(query(STORED))


def movies_of(graph, user):
    return [row["movie"] for row in stored(graph) if row["user"] == user]


def test_scores_are_the_sum_of_paths_and_all_else_and_rank(graph, films, place):
    save_history_network(graph, place)
    summary = recommend(graph, place)
    rows = stored(graph)
    assert summary.recommendations == len(rows) == 4 + 4 + 0 + 7  # all that are left
    assert (summary.run_id, summary.users, summary.skipped_users) == (RUN, 4, 0)
    for row in rows:
        assert row["pathScore"] + row["linearScore"] == pytest.approx(row["score"], abs=1e-5)
        assert 0 < row["closeness"] < 1
    for user in (1, 2, 4):
        own = [row for row in rows if row["user"] == user]
        assert [row["rank"] for row in own] == list(range(1, len(own) + 1))
        scores = [row["score"] for row in own]
        assert scores == sorted(scores, reverse=True)
        assert sum(row["pathScore"] for row in own) == pytest.approx(0, abs=1e-4)
        by_paths = sorted(own, key=lambda row: row["pathScore"])
        assert [row["closeness"] for row in by_paths] == sorted(row["closeness"] for row in own)
    assert [run.model for run in read_runs(graph)] == ["RKAN-history"]


def test_only_movies_that_somebody_rated_and_the_user_did_not(graph, films, place):
    save_history_network(graph, place, paths__candidates=50)
    recommend(graph, place)
    for user, rated in RATED.items():
        assert set(movies_of(graph, user)) == CANDIDATES - set(rated)


def test_top_k_cuts_the_lists_and_changes_no_rank(graph, films, place):
    save_history_network(graph, place)
    recommend(graph, place)
    before = {user: movies_of(graph, user) for user in RATED}
    assert recommend(graph, place, top_k=2).recommendations == 6
    assert all(movies_of(graph, user) == movies[:2] for user, movies in before.items())


def test_every_stored_path_is_in_the_graph_edge_by_edge(graph, films, place):
    save_history_network(graph, place, recommend__max_explanation_paths=100)
    recommend(graph, place)
    users, movies = entities(films, "User"), entities(films, "Movie")
    lengths = []
    for row in stored(graph):
        assert len(row["paths"]) == len(row["pathWeights"]) == len(set(row["paths"]))
        for line in row["paths"]:
            ids = [int(part) for part in line.split(">")]
            assert (ids[0], ids[-1]) == (users[row["user"]], movies[row["movie"]])
            assert len(set(ids)) == len(ids)
            lengths.append(len(ids))
            derived = len(ids) == 3
            for a, b in pairwise(ids[:2] if derived else ids):
                assert graph.read(query(EDGE, "a", "b"), a=a, b=b)[0]["count"] > 0
            if derived:  # from the watched movie to this one
                assert graph.read(query(LED, "a", "b"), a=ids[1], b=ids[2])[0]["count"] > 0
    assert lengths.count(3) > 10
    assert lengths.count(4) > 5


def test_the_weights_of_all_paths_sum_to_one_and_those_kept_to_less(graph, films, place):
    save_history_network(graph, place, recommend__max_explanation_paths=100)
    recommend(graph, place)
    whole = {(row["user"], row["movie"]): row for row in stored(graph)}
    save_history_network(graph, place, recommend__max_explanation_paths=2)
    recommend(graph, place)
    cut = 0
    for row in stored(graph):
        every = whole[row["user"], row["movie"]]
        assert row["pathWeights"] == sorted(row["pathWeights"], reverse=True)
        assert (row["paths"], row["pathWeights"]) == (
            every["paths"][:2],
            every["pathWeights"][:2],
        )
        if every["paths"]:
            assert sum(every["pathWeights"]) == pytest.approx(1)
            cut += sum(row["pathWeights"]) < 0.99
    assert cut > 3


def test_a_movie_that_nothing_leads_to_is_recommended_without_paths(graph, films, place):
    nothing = {"paths__watched_next": 0, "paths__similar": 0}
    save_history_network(graph, place, paths__candidates=50, **nothing)
    summary = recommend(graph, place)
    row = next(row for row in stored(graph) if row["movie"] == UNSEEN)  # it has no attribute
    assert (row["paths"], row["pathWeights"]) == ([], [])
    assert row["explanation"][0].startswith("No path")
    assert summary.unexplained == sum(not each["paths"] for each in stored(graph)) > 0


def test_a_second_time_changes_nothing(graph, films, place):
    save_history_network(graph, place)
    recommend(graph, place)
    before, counts = stored(graph), graph.read(query(COUNTS))
    summary = recommend(graph, place)
    assert stored(graph) == before
    assert graph.read(query(COUNTS)) == counts
    assert summary.replaced == summary.recommendations == len(before)


def test_missing_derived_relationships_are_refused_with_the_fix(graph, films, place):
    save_history_network(graph, place)
    remove_enrichment(graph)
    message = f"run {RUN} needs .* but the graph has none; run: pipeline enrich --run-id {RUN}"
    with pytest.raises(GraphContentError, match=message):
        recommend(graph, place)
    assert find_enrichment(graph) is None
    enrich_all(graph, trained_on(place, RUN, read_dataset(graph)))
    assert recommend(graph, place).recommendations


def test_without_paths_over_derived_relationships_none_are_written(graph, films, place):
    save_history_network(graph, place, paths__watched_next=0, paths__similar=0)
    recommend(graph, place)
    assert find_enrichment(graph) is None
    assert all(line.count(">") == 3 for row in stored(graph) for line in row["paths"])


def test_a_new_rating_changes_its_users_list_without_training(graph, films, place):
    """Only that user is asked for again: nobody else's list changes."""
    save_history_network(graph, place, recommend__max_explanation_paths=100)
    recommend(graph, place)
    before = stored(graph)
    first = movies_of(graph, 1)[0]
    assert graph.write(query(RATE, "user", "movie"), user=1, movie=first)["relationships_created"]
    checkpoint = place.checkpoints / RUN / "model.pt"
    changed = checkpoint.stat().st_mtime_ns
    recommend(graph, place, users=[1])
    after = stored(graph)
    others = [row for row in before if row["user"] != 1]
    assert [row for row in after if row["user"] != 1] == others
    assert first not in movies_of(graph, 1)
    assert len(movies_of(graph, 1)) == 3
    old = {row["movie"]: row["score"] for row in before if row["user"] == 1}
    assert all(row["score"] != old[row["movie"]] for row in after if row["user"] == 1)
    rated = f">{entities(films, 'Movie')[first]}>"
    assert any(rated in line for row in after if row["user"] == 1 for line in row["paths"])
    assert checkpoint.stat().st_mtime_ns == changed


def test_everyone_can_be_asked_for_again_after_a_new_rating(graph, films, place):
    save_history_network(graph, place)
    recommend(graph, place)
    graph.write(query(RATE, "user", "movie"), user=4, movie=BUG)
    assert recommend(graph, place).recommendations == 4 + 4 + 6
    assert BUG not in movies_of(graph, 4)


def test_the_first_rating_of_a_movie_makes_it_a_candidate(graph, films, place):
    save_history_network(graph, place, paths__candidates=50)
    recommend(graph, place)
    assert 9 not in movies_of(graph, 2)
    graph.write(query(RATE, "user", "movie"), user=4, movie=9)
    recommend(graph, place)
    assert 9 in movies_of(graph, 2)


def test_explanations_say_what_the_paths_carry(graph, films, place):
    save_history_network(graph, place, recommend__max_explanation_paths=100)
    recommend(graph, place)
    rows = {row["movie"]: row for row in stored(graph) if row["user"] == 1}
    kinds = set()
    for each in explain(graph, 1):
        row = rows[each.movie_id]
        assert (each.score, each.path_score) == (row["score"], row["pathScore"])
        parts = abs(present(each.path_score)), abs(present(each.linear_score))
        assert each.path_share == pytest.approx(parts[0] / sum(parts))
        assert each.sentences == row["explanation"]
        for path in each.paths:
            assert [step.kind for step in path.steps][:2] == ["User", "Movie"]
            assert path.steps[0].relation == "RATED"
            assert path.steps[-1].relation is None
            kinds.add((len(path.steps), path.steps[1].relation))
    assert (3, "WATCHED_NEXT") in kinds
    assert (3, "SIMILAR") in kinds
    assert any(length == 4 for length, _ in kinds)


def test_the_sentences_word_derived_relationships(graph, films, place):
    save_history_network(graph, place, paths__attributes=0, paths__candidates=50)
    recommend(graph, place)
    text = " ".join(line for row in stored(graph) for line in row["explanation"])
    assert "after which people often watch this one" in text
    assert "Because you rated" in text
    assert "which the same people watch as this one" in text


def test_an_explanation_is_drawn_with_its_derived_relationships(graph, films, place):
    save_history_network(graph, place)
    recommend(graph, place)
    drawn = set()
    for rank in (1, 2, 3, 4):
        (row,) = graph.read(query(drawing_query(1, rank, RUN)))
        drawn |= {kind for _, kind, _ in row["relationships"]}
    assert {"RATED", "WATCHED_NEXT"} <= drawn


def test_the_command_shows_the_share_of_the_paths(graph, films, place, home):
    save_history_network(graph, place)
    recommend(graph, place)

    def typed(*arguments):
        done = CliRunner().invoke(cli, ["--home", str(home.root), *arguments])
        assert done.exit_code == 0, done.output
        return done.stdout

    assert "% of the score from paths)" in typed("explain", "1").splitlines()[0]
    first = json.loads(typed("explain", "1", "--json"))[0]
    assert 0 <= first["path_share"] <= 1


def test_users_and_movies_get_vectors(graph, films, place):
    save_history_network(graph, place)
    recommend(graph, place)
    rows = graph.read(
        query("MATCH (n) WHERE n.embedding IS NOT NULL RETURN labels(n) AS l, n.embedding AS v")
    )
    assert len(rows) == len(RATED) + len(MOVIES)
    assert {len(row["v"]) for row in rows} == {settings().history.dim}
    assert all(np.any(row["v"]) for row in rows)


def test_nan_weights_are_refused(graph, films, place):
    save_history_network(graph, place)
    recommend(graph, place)
    before = stored(graph)
    network = save_history_network(graph, place, run_id="rkan-history-films-2")
    network.evidence.weight.data[:] = float("nan")
    _save_again(place, network)
    with pytest.raises(CheckpointError, match=r"films-2 give NaN or infinite scores"):
        recommend(graph, place, run_id="rkan-history-films-2")
    assert stored(graph) == before


def _save_again(place, network):
    file = place.checkpoints / "rkan-history-films-2" / "model.pt"
    checkpoint = load_checkpoint(file)
    checkpoint.weights = network.state_dict()
    save_checkpoint(file, checkpoint)


@pytest.fixture
def recommender(graph, films, place):
    """What recommend loads."""
    save_history_network(graph, place, paths__candidates=3)
    context = context_of(graph, place.checkpoints / RUN)
    stored = load_checkpoint(context.folder / "model.pt")
    return load_recommender(context, settings(paths__candidates=3), stored)


@pytest.fixture
def candidates(recommender):
    return recommender.candidates


def test_movies_are_scored_as_they_are_recommended(recommender, candidates):
    rows = user_rows(0, 1, 2, 3)
    top = rank_movies(candidates.histories, rows, recommender.score, 3)
    found = {(each.user, each.rank): each for each in recommender.recommend(rows, k=3, keep=5)}
    assert len(found) == 9  # nothing for user 3, who knows all
    for (user, rank), each in found.items():
        row = candidates.histories.user_entities.tolist().index(user)
        assert top.movies[row, rank - 1] == each.movie
        assert top.scores[row, rank - 1] == each.score


def test_movies_that_are_no_candidates_come_after_in_the_encoders_order(recommender, candidates):
    rows = user_rows(3)
    top = rank_movies(candidates.histories, rows, recommender.score, 7)
    assert (top.movies[0] >= 0).all()
    rest = candidates.links.rows(top.movies[0, 3:])
    proposals = candidates.proposals(rows)[0, rest]
    assert proposals.tolist() == sorted(proposals.tolist(), reverse=True)
    assert top.scores[0, 2] > top.scores[0, 3] + 100


def test_parallel_relationships_are_one_path_with_both_weights(films, recommender, candidates):
    """From Ronin to Casino leads WATCHED_NEXT and SIMILAR; both are one line of entities."""
    movies = entities(films, "Movie")
    assert candidates.links.relation(movies[RONIN], movies[CASINO]) == "WATCHED_NEXT"
    lists = next(iter(candidates.lists(np.arange(4), at_least=9)))
    several = 0
    width = lists.candidates.shape[1]
    for each in recommender.recommend(np.arange(4), k=9, keep=99):
        place = lists.users.tolist().index(each.user)
        asked = candidates.links.movies[lists.candidates[place]].tolist()
        column = asked.index(each.movie)
        raw = int((lists.slots == place * width + column).sum())
        several += raw > len(each.paths)
        assert len(set(each.paths)) == len(each.paths)
        assert sum(each.weights) == pytest.approx(1) or not raw
    assert several > 0
