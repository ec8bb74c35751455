"""Recommending on the real server: ranks, paths, attention, and writing all of it or nothing."""

import json
import threading
from itertools import pairwise

import numpy as np
import pytest
import torch

from model.rkan.batches import collate
from model.rkan.config import RKANConfig
from model.rkan.pair_paths import PairPaths
from pipeline.content.histories import read_histories
from pipeline.errors import CheckpointError, ConfigError, DatabaseError, NotFoundError
from pipeline.load.kg import load_kg
from pipeline.networks.interface import Recommendation
from pipeline.networks.rkan.config import RKANRunConfig
from pipeline.networks.run_config import RecommendConfig
from pipeline.recommendation.facts import GraphFacts
from pipeline.recommendation.recommend import recommend
from pipeline.recommendation.write_back import write_back
from pipeline.runs.stored import read_runs
from tests.support.film_graph import (
    ALONE,
    BIG,
    BUG,
    CANDIDATES,
    CASINO,
    HEAT,
    MOVIES,
    NEVER,
    RATED,
    RONIN,
    TOY,
    UNSEEN,
    entities,
    query,
    save_network,
    tables,
)

LIKES = {
    1: {TOY: 9, CASINO: 5, BUG: 7, RONIN: 3, NEVER: 8},
    2: {BIG: 2, HEAT: 2, ALONE: 4},
    3: {TOY: 1},
    4: {UNSEEN: 2, BUG: 1},
}
EVERYTHING = """
MATCH (u:User)-[r:RECOMMENDED]->(m:Movie), (run:Run {runId: r.runId})
WHERE r.writing = run.writing
RETURN r.runId AS runId, u.userId AS user, m.movieId AS movie, r.rank AS rank, r.score AS score,
       r.closeness AS closeness, r.explanation AS explanation,
       r.explanationShares AS shares, r.paths AS paths,
       r.pathWeights AS weights
ORDER BY runId, user, rank
"""
COUNTS = "MATCH (n) RETURN count(n) AS nodes, COUNT { ()-[]->() } AS relationships"


def stored(graph, run_id="rkan-films-1"):
    return [row for row in graph.read(query(EVERYTHING)) if row["runId"] == run_id]


def movies_of(graph, user, run_id="rkan-films-1"):
    return [row["movie"] for row in stored(graph, run_id) if row["user"] == user]


def facts(graph, films):
    """What the sentences may say."""
    return GraphFacts(graph, films, read_histories(graph), films.relation)


def bare(films, rank):
    """A recommendation of Toy Story to user 1, with nothing to explain it."""
    user, movie = entities(films, "User")[1], entities(films, "Movie")[TOY]
    return Recommendation(user, movie, rank, 1.0, 0.5, [], [])


def test_movies_are_ranked_by_inner_product_equal_ones_by_entity_id(graph, place, films):
    save_network(graph, place, likes=LIKES)
    summary = recommend(graph, place)
    assert movies_of(graph, 1) == [BUG, CASINO, RONIN, UNSEEN]
    rank = entities(films, "Movie").get
    assert movies_of(graph, 2) == [ALONE, *sorted((BIG, HEAT), key=rank), UNSEEN]
    assert movies_of(graph, 4)[:2] == [UNSEEN, BUG]
    assert movies_of(graph, 4)[2:] == sorted(CANDIDATES - {UNSEEN, BUG, HEAT}, key=rank)
    assert [row["rank"] for row in stored(graph) if row["user"] == 4] == [1, 2, 3, 4, 5, 6, 7]
    assert [row["score"] for row in stored(graph) if row["user"] == 1] == [7, 5, 3, 0]
    assert (summary.users, summary.top_k, summary.replaced) == (4, 10, 0)
    assert summary.recommendations == len(stored(graph)) == 4 + 4 + 0 + 7


def test_rated_movies_never_held_out_ones_may(graph, place, films):
    save_network(graph, place, likes=LIKES)
    recommend(graph, place)
    for user, rated in RATED.items():
        assert not set(movies_of(graph, user)) & set(rated)
    assert BUG in movies_of(graph, 1)
    assert all(NEVER not in movies_of(graph, user) for user in RATED)


def test_top_k_cuts_the_lists(graph, place, films):
    save_network(graph, place, likes=LIKES)
    assert recommend(graph, place, top_k=2).recommendations == 6
    assert movies_of(graph, 1) == [BUG, CASINO]


def test_every_stored_path_exists_and_ends_at_the_movie(graph, place, films):
    save_network(graph, place, likes=LIKES)
    recommend(graph, place)
    users, movies = entities(films, "User"), entities(films, "Movie")
    edge = query(
        """MATCH (a:Entity {entityId: $a})-[r:RATED|DIRECTED|WROTE|ACTED_IN|IN_GENRE]-
                 (b:Entity {entityId: $b}) RETURN count(r) AS count""",
        "a",
        "b",
    )
    seen = 0
    for row in stored(graph):
        for line in row["paths"]:
            ids = [int(part) for part in line.split(">")]
            assert (ids[0], ids[-1]) == (users[row["user"]], movies[row["movie"]])
            assert len(ids) == 4 and len(set(ids)) == 4
            for a, b in pairwise(ids):
                assert graph.read(edge, a=a, b=b)[0]["count"] > 0
                seen += 1
    assert seen > 20


def test_closeness_and_attention_are_the_networks(graph, place, films):
    network = save_network(graph, place, likes=LIKES)
    recommend(graph, place)
    users, movies = entities(films, "User"), entities(films, "Movie")
    lasseter, hanks = (films.names.index(name) for name in ("John Lasseter", "Tom Hanks"))
    comedy = films.names.index("Comedy")
    paths = np.array(
        [
            (users[1], movies[TOY], lasseter, movies[BUG]),
            (users[1], movies[TOY], comedy, movies[BUG]),
            (users[1], movies[BIG], comedy, movies[BUG]),
        ],
        dtype=np.int32,
    )
    assert films.relation(movies[TOY], hanks) == "ACTED_IN"  # but not in A Bug's Life
    pair = PairPaths(
        users=paths[:1, 0].astype(np.int64),
        movies=paths[:1, 3].astype(np.int64),
        labels=np.zeros(1, dtype=np.float32),
        entities=paths,
        lengths=np.full(3, 4, dtype=np.int32),
        pair_index=np.zeros(3, dtype=np.int32),
    )
    with torch.inference_mode():
        expected = network.eval()(collate(pair))
    row = next(row for row in stored(graph) if (row["user"], row["movie"]) == (1, BUG))
    assert row["closeness"] == pytest.approx(float(torch.sigmoid(expected.closeness_logits)[0]))
    weights = dict(zip(row["paths"], row["weights"], strict=True))
    for path, weight in zip(paths, expected.path_weights, strict=True):
        assert weights.pop(">".join(map(str, path))) == pytest.approx(float(weight), abs=1e-6)
    assert not weights
    assert row["weights"] == sorted(row["weights"], reverse=True)
    assert sum(row["weights"]) == pytest.approx(1)


def test_only_the_paths_with_most_attention_are_kept(graph, place, films):
    config = RKANRunConfig(
        model=RKANConfig(embedding_dim=12, hidden_dim=4),
        recommend=RecommendConfig(max_explanation_paths=2),
    )
    save_network(graph, place, likes=LIKES, config=config)
    recommend(graph, place)
    row = next(row for row in stored(graph) if (row["user"], row["movie"]) == (1, BUG))
    assert len(row["paths"]) == 2
    assert 2 / 3 - 1e-6 <= sum(row["weights"]) < 1


def test_the_sentences_name_the_shared_people(graph, place, films):
    save_network(graph, place, likes=LIKES)
    recommend(graph, place)
    row = next(row for row in stored(graph) if (row["user"], row["movie"]) == (1, BUG))
    text = " ".join(row["explanation"])
    assert "Directed by John Lasseter, like Toy Story (1995), which you gave 4 stars (" in text
    assert "Comedy" not in text  # nearly a third of all films are
    nameless = next(row for row in stored(graph) if (row["user"], row["movie"]) == (1, CASINO))
    first, last, rest = nameless["explanation"]
    assert "Robert De Niro" in first
    assert "person m.0abc" in last
    assert rest.startswith("Other paths")


def test_each_sentence_has_its_share_of_the_attention(graph, place, films):
    save_network(graph, place, likes=LIKES)
    recommend(graph, place)
    for row in stored(graph):
        assert len(row["shares"]) == len(row["explanation"])
        for text, share in zip(row["explanation"], row["shares"], strict=True):
            assert not row["paths"] or text.endswith(f" ({round(100 * share):+d}%).")
        assert sum(row["shares"]) == pytest.approx(1, abs=0.05)


def test_a_recommendation_without_a_path_says_so(graph, place, films):
    save_network(graph, place, likes=LIKES)
    summary = recommend(graph, place)
    row = next(row for row in stored(graph) if row["movie"] == UNSEEN)
    assert (row["paths"], row["weights"]) == ([], [])
    assert row["explanation"][0].startswith("No path")
    assert summary.unexplained == sum(not row["paths"] for row in stored(graph)) > 0


@pytest.mark.parametrize(
    ("aggregation", "model"),
    [("attention", "RKAN"), ("max", "RKGE (max)"), ("mean", "RKGE (mean)")],
)
def test_the_run_names_the_model_and_its_weights_explain(graph, place, films, aggregation, model):
    settings = RKANConfig(embedding_dim=12, hidden_dim=4, aggregation=aggregation)
    save_network(graph, place, likes=LIKES, config=RKANRunConfig(model=settings))
    recommend(graph, place)
    assert [run.model for run in read_runs(graph)] == [model]
    weighed = [row["weights"] for row in stored(graph) if row["weights"]]
    assert weighed
    for weights in weighed:
        assert sum(weights) == pytest.approx(1)
        assert aggregation != "mean" or set(weights) == {weights[0]}


def test_a_rerun_stores_the_same_and_nothing_grows(graph, place, films):
    save_network(graph, place, likes=LIKES)
    recommend(graph, place)
    before, counts = stored(graph), graph.read(query(COUNTS))
    summary = recommend(graph, place)
    assert stored(graph) == before
    assert graph.read(query(COUNTS)) == counts
    assert summary.replaced == summary.recommendations == len(before)


def test_some_users_are_replaced_alone(graph, place, films):
    save_network(graph, place, likes=LIKES)
    recommend(graph, place)
    before = stored(graph)
    summary = recommend(graph, place, users=[4, 1, 4], top_k=1)
    assert (summary.users, summary.recommendations, summary.replaced) == (2, 2, 11)
    others = [row for row in before if row["user"] in (2, 3)]
    assert [row for row in stored(graph) if row["user"] in (2, 3)] == others
    assert movies_of(graph, 1) == [BUG]


def test_other_runs_stay(graph, place, films):
    save_network(graph, place, likes=LIKES)
    recommend(graph, place)
    before = stored(graph)
    save_network(graph, place, run_id="rkan-films-2", likes={1: {RONIN: 1}})
    recommend(graph, place, run_id="rkan-films-2")
    assert stored(graph) == before
    assert movies_of(graph, 1, "rkan-films-2")[0] == RONIN
    recommend(graph, place, run_id="rkan-films-1", users=[1])
    assert stored(graph) == before
    assert graph.read(query("MATCH (r:Run) RETURN count(r) AS runs")) == [{"runs": 2}]


def test_the_run_node_says_what_the_run_is(graph, place, films):
    save_network(graph, place, likes=LIKES)
    recommend(graph, place)
    (run,) = (row["run"] for row in graph.read(query("MATCH (run:Run) RETURN run")))
    assert (run["runId"], run["model"], run["dataset"]) == ("rkan-films-1", "RKAN", "films")
    assert (run["seed"], run["topK"], run["users"]) == (0, 10, 3)
    assert run["startedAt"] < run["finishedAt"]
    assert json.loads(run["config"])["model"]["embedding_dim"] == 12
    assert len(run["dataHash"]) == 64


@pytest.mark.parametrize("users", [None, [1]])
def test_a_failure_on_the_way_leaves_the_old_run_whole(graph, place, films, users):
    save_network(graph, place, likes=LIKES)
    recommend(graph, place)
    before = graph.read(query(EVERYTHING)), graph.read(query("MATCH (r:Run) RETURN r"))

    def failing():
        for rank in range(1, 2500):  # more than one batch
            yield bare(films, rank)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_back(
            graph,
            "rkan-films-1",
            {"model": "other"},
            failing(),
            facts=facts(graph, films),
            embeddings=np.ones((len(films.kinds), 12), dtype=np.float32),
            users=users,
            started_at="2026-01-01T00:00:00+00:00",
        )
    assert (graph.read(query(EVERYTHING)), graph.read(query("MATCH (r:Run) RETURN r"))) == before


def test_a_reader_sees_the_old_run_until_the_new_one_is_complete(graph, place, films):
    save_network(graph, place, likes=LIKES)
    recommend(graph, place)
    before = graph.read(query(EVERYTHING))
    seen = []

    def watched():
        for rank in range(1, 2500):
            if rank % 2400 == 0:
                seen.append(graph.read(query(EVERYTHING)))
            yield bare(films, rank)

    write_back(
        graph,
        "rkan-films-1",
        {"model": "RKAN"},
        watched(),
        facts=facts(graph, films),
        embeddings=np.ones((len(films.kinds), 12), dtype=np.float32),
        users=None,
        started_at="2026-01-01T00:00:00+00:00",
    )
    assert seen == [before]
    assert len(stored(graph)) == 2499


@pytest.mark.parametrize("before", [False, True])
def test_two_that_write_one_run_at_once_leave_what_one_leaves(graph, place, films, before):
    if before:
        save_network(graph, place, likes=LIKES)
        recommend(graph, place)
    begun, threads = threading.Event(), []

    def write(recommendations):
        write_back(
            graph,
            "rkan-films-1",
            {"model": "RKAN"},
            recommendations,
            facts=facts(graph, films),
            embeddings=np.ones((len(films.kinds), 12), dtype=np.float32),
            users=None,
            started_at="2026-01-01T00:00:00+00:00",
        )

    def first():
        for rank in range(1, 11):
            if rank == 5:
                threads.append(threading.Thread(target=write, args=(second(),)))
                threads[0].start()
                assert not begun.wait(2)  # the second writer waits for the first
            yield bare(films, rank)

    def second():
        begun.set()
        for rank in range(1, 8):
            yield bare(films, rank)

    write(first())
    threads[0].join()
    assert begun.is_set()
    assert sorted(row["rank"] for row in stored(graph)) == list(range(1, 8))


NEAREST = """
MATCH (:Movie {movieId: $movie})<-[:HELD_OUT|RATED]-(u:User {userId: $user})
WITH u LIMIT 1
CALL db.index.vector.queryNodes('movie_embedding', 2, u.embedding) YIELD node, score
RETURN node.movieId AS movie, score ORDER BY score DESC
"""


def test_the_vector_index_finds_the_movies_nearest_to_a_user(graph, place, films):
    save_network(graph, place, likes={1: {BUG: 3, CASINO: 1}})
    recommend(graph, place)
    nearest = graph.read(query(NEAREST, "movie", "user"), movie=TOY, user=1)
    assert [row["movie"] for row in nearest] == [BUG, CASINO]
    assert nearest[0]["score"] == pytest.approx((1 + 3 / 10**0.5) / 2, abs=1e-3)
    embedded = query("MATCH (n:Entity) WHERE n.embedding IS NOT NULL RETURN count(n) AS count")
    assert graph.read(embedded)[0]["count"] == len(RATED) + len(MOVIES)


def test_embeddings_of_another_size_get_a_new_index(graph, place, films):
    save_network(graph, place, likes={1: {BUG: 3}})
    recommend(graph, place)
    config = RKANRunConfig(model=RKANConfig(embedding_dim=16, hidden_dim=4))
    save_network(graph, place, run_id="rkan-films-2", likes={1: {RONIN: 3}}, config=config)
    recommend(graph, place, run_id="rkan-films-2")
    nearest = graph.read(query(NEAREST, "movie", "user"), movie=TOY, user=1)
    assert nearest[0]["movie"] == RONIN


def test_a_checkpoint_of_another_graph_is_refused(graph, place, films, tmp_path):
    save_network(graph, place)
    other = tables("others")
    other.movies.loc[0, "title"] = "Another Story"
    load_kg(graph, other, test_fraction=0.2, replace=True, quarantine=tmp_path / "quarantine")
    with pytest.raises(CheckpointError, match=r"trained on another graph: films .* holds others"):
        recommend(graph, place)


def test_nan_embeddings_are_refused(graph, place, films):
    save_network(graph, place, likes={1: {BUG: float("nan")}})
    with pytest.raises(CheckpointError, match=r"rkan-films-1 .*NaN or infinite"):
        recommend(graph, place)
    assert not stored(graph)


def test_no_checkpoint_names_the_command(graph, place, films):
    with pytest.raises(CheckpointError, match="run: pipeline train"):
        recommend(graph, place)


def test_an_unknown_user_is_named(graph, place, films):
    save_network(graph, place)
    with pytest.raises(NotFoundError, match="there is no user 77; userIds run from 1 to 4"):
        recommend(graph, place, users=[1, 77])
    with pytest.raises(NotFoundError, match=r"there is no user 9{30}; userIds run"):
        recommend(graph, place, users=[1, int("9" * 30)])


def test_a_top_k_of_nothing_is_refused(graph, place, films):
    save_network(graph, place)
    with pytest.raises(ConfigError, match="top_k = 0"):
        recommend(graph, place, top_k=0)


def test_a_database_error_leaves_the_old_run_whole(graph, place, films):
    save_network(graph, place, likes=LIKES)
    recommend(graph, place)
    before = graph.read(query(EVERYTHING))
    with pytest.raises(DatabaseError, match="date"):
        write_back(
            graph,
            "rkan-films-1",
            {},
            [bare(films, 1)],
            facts=facts(graph, films),
            embeddings=np.ones((len(films.kinds), 12), dtype=np.float32),
            users=None,
            started_at="no date",
        )
    assert graph.read(query(EVERYTHING)) == before
