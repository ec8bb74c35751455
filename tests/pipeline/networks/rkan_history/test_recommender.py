"""Recommending with RKAN-history: what is stored adds up, exists, and follows new ratings."""

import json
import re
from itertools import pairwise

import numpy as np
import pytest
from click.testing import CliRunner

from model.checkpoint import load_checkpoint, save_checkpoint
from model.rkan_history.path_kinds import USUAL_KINDS, PathKind
from pipeline.cli import cli
from pipeline.content.dataset import read_dataset
from pipeline.enrichment.enrich import enrich_all, remove_enrichment
from pipeline.enrichment.stored import find_enrichment
from pipeline.errors import CheckpointError, GraphContentError
from pipeline.explanation.browsing import filled_query
from pipeline.explanation.explain import explain
from pipeline.paths.kinds import KIND_OF_RELATION
from pipeline.ranking.lists import rank_movies
from pipeline.recommendation.recommend import recommend
from pipeline.runs.derived import trained_on
from pipeline.runs.loading import load_recommender
from pipeline.runs.stored import read_runs
from tests.support.film_graph import (
    BUG,
    CANDIDATES,
    CASINO,
    HEAT,
    MOVIES,
    RATED,
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
RETURN u.userId AS user, m.movieId AS movie, r {.*, writing: null} AS is ORDER BY user, is.rank
"""
COUNTS = "MATCH (n) RETURN count(n) AS nodes, COUNT { ()-[]->() } AS relationships"
EDGE = """
MATCH (a:Entity {entityId: $a})-[r:RATED|DIRECTED|WROTE|ACTED_IN|IN_GENRE]-(b:Entity {entityId: $b})
RETURN count(r) AS count
"""
LED = """
MATCH (a:Entity {entityId: $a})-[r:RATED|DIRECTED|WROTE|ACTED_IN|IN_GENRE|WATCHED_NEXT|SIMILAR]-
      (b:Movie {entityId: $b})
WHERE NOT type(r) IN ['WATCHED_NEXT', 'SIMILAR'] OR startNode(r) = a
RETURN type(r) AS type
"""
ALIKE = """
MATCH (a:User {entityId: $a})-[r:WATCHED_ALIKE]->(b:User {entityId: $b})
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


def test_scores_are_the_sum_of_their_ledgers_and_rank(graph, films, place):
    save_history_network(graph, place)
    summary = recommend(graph, place)
    rows = stored(graph)
    assert summary.recommendations == len(rows) == 4 + 4 + 0 + 7  # all that are left
    assert (summary.run_id, summary.users, summary.skipped_users) == (RUN, 4, 0)
    for row in rows:
        assert row["kinds"] == [kind.name for kind in USUAL_KINDS]
        assert min(row["kindScores"]) >= 0
        assert row["pathScore"] == pytest.approx(sum(row["kindScores"]))
        summed = row["taste"] + row["popularity"] + row["pathScore"]
        assert summed == pytest.approx(row["score"], abs=1e-4)
        assert "closeness" not in row
    for user in (1, 2, 4):
        own = [row for row in rows if row["user"] == user]
        assert [row["rank"] for row in own] == list(range(1, len(own) + 1))
        scores = [row["score"] for row in own]
        assert scores == sorted(scores, reverse=True)
    assert [run.model for run in read_runs(graph)] == ["RKAN-history"]


def test_taste_and_popularity_are_relative_to_the_users_average_candidate(graph, films, place):
    """The lists are of all candidates here."""
    save_history_network(graph, place, paths__candidates=50)
    recommend(graph, place)
    for part in ("taste", "popularity"):
        for user in (1, 2, 4):
            parts = [row[part] for row in stored(graph) if row["user"] == user]
            assert any(parts)
            assert sum(parts) == pytest.approx(0, abs=1e-4)


def test_the_films_of_taste_add_up_to_it_if_all_are_kept(graph, films, place):
    """No history has more than the ten films that are stored, nor more than the encoder reads."""
    save_history_network(graph, place)
    recommend(graph, place)
    movies = entities(films, "Movie")
    for row in stored(graph):
        assert sum(row["tasteParts"]) == pytest.approx(row["taste"], abs=1e-4)
        rated = {movies[key] for key in RATED[row["user"]]}
        assert set(row["tasteMovies"]) == rated
        sizes = [abs(part) for part in row["tasteParts"]]
        assert sizes == sorted(sizes, reverse=True)


def test_the_films_that_say_most_by_taste_are_kept(graph, films, place, monkeypatch):
    save_history_network(graph, place)
    recommend(graph, place)
    whole = stored(graph)
    monkeypatch.setattr("pipeline.networks.rkan_history.ranked_lists._FILMS", 2)
    recommend(graph, place)
    for row, every in zip(stored(graph), whole, strict=True):
        assert row["tasteMovies"] == every["tasteMovies"][:2]
        assert row["tasteParts"] == every["tasteParts"][:2]


def test_without_taste_or_popularity_their_summands_are_0(graph, films, place):
    save_history_network(graph, place, model__taste=False, model__popularity=False)
    recommend(graph, place)
    for row in stored(graph):
        assert (row["taste"], row["popularity"], row["tasteMovies"]) == (0, 0, [])
        assert row["score"] == pytest.approx(sum(row["kindScores"]), abs=1e-4)


def test_the_weights_of_all_paths_are_their_summands(graph, films, place):
    save_history_network(graph, place, recommend__max_explanation_paths=1000)
    recommend(graph, place)
    kinds_seen = set()
    for row in stored(graph):
        sums = dict.fromkeys(row["kinds"], 0.0)
        for weight, relation in zip(row["pathWeights"], row["pathRelations"], strict=True):
            assert weight > 0
            sums[KIND_OF_RELATION[relation].name] += weight
        assert list(sums.values()) == pytest.approx(row["kindScores"], abs=1e-4)
        kinds_seen |= {kind for kind, value in sums.items() if value}
    assert kinds_seen == {kind.name for kind in USUAL_KINDS} - {PathKind.PEOPLE.name}


def test_five_hops_are_stored_drawn_and_told(graph, films, place):
    save_history_network(graph, place, paths__max_hops=5, recommend__max_explanation_paths=1000)
    recommend(graph, place)
    longest = {len(path.split(">")) for row in stored(graph) for path in row["paths"]}
    assert longest == {3, 4, 6}
    for user in {row["user"] for row in stored(graph)}:
        for each in explain(graph, user):
            assert sum(each.kinds.values()) == pytest.approx(
                sum(path.weight for path in each.paths), abs=1e-4
            )
            for path in each.paths:
                assert all(step.relation for step in path.steps[:-1])


def test_fewer_paths_are_the_first_of_all(graph, films, place):
    save_history_network(graph, place, recommend__max_explanation_paths=1000)
    recommend(graph, place)
    whole = {(row["user"], row["movie"]): row for row in stored(graph)}
    save_history_network(graph, place, recommend__max_explanation_paths=2)
    recommend(graph, place)
    cut = 0
    for row in stored(graph):
        every = whole[row["user"], row["movie"]]
        for name in ("paths", "pathWeights", "pathRelations"):
            assert row[name] == every[name][:2]
        assert (row["score"], row["kindScores"]) == (every["score"], every["kindScores"])
        cut += len(every["paths"]) > 2
    assert cut > 3


def test_the_first_paths_are_of_different_kinds(graph, films, place):
    """No kind comes a second time before all have come; all films were rated alike."""
    save_history_network(graph, place, recommend__max_explanation_paths=1000)
    recommend(graph, place)
    firsts = set()
    for row in stored(graph):
        kinds = [KIND_OF_RELATION[relation] for relation in row["pathRelations"]]
        every = set(kinds) - {PathKind.GENRE}  # a third of all movies have each: they come last
        assert set(kinds[: len(every)]) == every
        common = [kind == PathKind.GENRE for kind in kinds]
        assert common == sorted(common)
        firsts |= set(kinds[:1])
    assert len(firsts) > 1


def test_two_hops_at_most_leave_no_longer_path(graph, films, place):
    save_history_network(graph, place, paths__max_hops=2, recommend__max_explanation_paths=1000)
    recommend(graph, place)
    rows = stored(graph)
    assert {line.count(">") for row in rows for line in row["paths"]} == {2}
    relations = {relation for row in rows for relation in row["pathRelations"]}
    assert relations == {"WATCHED_NEXT", "SIMILAR"}
    for row in rows:
        assert not any(row["kindScores"][PathKind.MAKER :])


def test_only_movies_that_somebody_rated_and_the_user_did_not(graph, films, place):
    save_history_network(graph, place, paths__candidates=50)
    recommend(graph, place)
    for user, rated in RATED.items():
        assert set(movies_of(graph, user)) == CANDIDATES - set(rated)


def test_top_k_cuts_the_lists_and_changes_no_rank(graph, films, place):
    save_history_network(graph, place, paths__candidates=50)
    recommend(graph, place)
    before = {user: movies_of(graph, user) for user in RATED}
    assert recommend(graph, place, top_k=2).recommendations == 6
    assert all(movies_of(graph, user) == movies[:2] for user, movies in before.items())


def test_every_stored_path_is_in_the_graph_edge_by_edge(graph, films, place):
    save_history_network(graph, place, recommend__max_explanation_paths=100)
    recommend(graph, place)
    users, movies = entities(films, "User"), entities(films, "Movie")
    lengths, others = [], 0
    for row in stored(graph):
        assert len(row["paths"]) == len(row["pathWeights"]) == len(row["pathRelations"])
        pairs = list(zip(row["paths"], row["pathRelations"], strict=True))
        assert len(set(pairs)) == len(pairs)
        for line, relation in pairs:
            ids = [int(part) for part in line.split(">")]
            assert (ids[0], ids[-1]) == (users[row["user"]], movies[row["movie"]])
            assert len(set(ids)) == len(ids)
            lengths.append(len(ids))
            derived = len(ids) == 3
            for a, b in pairwise(ids[:2] if derived else ids):
                assert graph.read(query(EDGE, "a", "b"), a=a, b=b)[0]["count"] > 0
            assert relation in last_relations(graph, ids[-2], ids[-1])
            if relation == "RATED":
                others += 1
                assert ids[2] != ids[0]
                assert graph.read(query(ALIKE, "a", "b"), a=ids[0], b=ids[2])[0]["count"] > 0
    assert lengths.count(3) > 10
    assert lengths.count(4) > 5
    assert others > 3


def last_relations(graph, before, movie):
    """The types of the relationships over which a path may reach a movie from the entity before."""
    rows = graph.read(query(LED, "a", "b"), a=before, b=movie)
    return {row["type"] for row in rows}


def test_a_movie_that_nothing_leads_to_is_recommended_without_paths(graph, films, place):
    nothing = {"paths__watched_next": 0, "paths__similar": 0, "paths__users": 0}
    save_history_network(graph, place, paths__candidates=50, **nothing)
    summary = recommend(graph, place)
    row = next(row for row in stored(graph) if row["movie"] == UNSEEN)  # it has no attribute
    assert (row["paths"], row["pathWeights"]) == ([], [])
    assert all("taste as a whole" in text or "Seen by" in text for text in row["explanation"])
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
    save_history_network(graph, place, paths__watched_next=0, paths__similar=0, paths__users=0)
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


def test_explanations_say_what_the_score_is_made_of(graph, films, place):
    save_history_network(graph, place, recommend__max_explanation_paths=1000)
    recommend(graph, place)
    rows = {row["movie"]: row for row in stored(graph) if row["user"] == 1}
    kinds = set()
    for each in explain(graph, 1):
        row = rows[each.movie_id]
        assert (each.score, each.closeness) == (row["score"], None)
        assert (each.taste, each.popularity) == (row["taste"], row["popularity"])
        assert list(each.kinds.values()) == row["kindScores"]
        assert each.path_score == pytest.approx(row["pathScore"])
        size = abs(row["taste"]) + abs(row["popularity"]) + row["pathScore"]
        assert each.path_share == pytest.approx(row["pathScore"] / size)
        assert each.shown_share == pytest.approx(each.path_share, abs=1e-4)  # all are stored
        names = [films.names[movie] for movie in row["tasteMovies"]]
        assert each.films == dict(zip(names, row["tasteParts"], strict=True))
        assert each.sentences == row["explanation"]
        for path, relation in zip(each.paths, row["pathRelations"], strict=True):
            assert [step.kind for step in path.steps][:2] == ["User", "Movie"]
            assert path.steps[0].relation == "RATED"
            assert path.steps[-2].relation == relation  # also where several lead to the movie
            assert path.steps[-1].relation is None
            kinds.add((len(path.steps), relation))
    assert {(3, "WATCHED_NEXT"), (3, "SIMILAR"), (4, "RATED"), (4, "IN_GENRE")} <= kinds


def test_the_shares_of_the_sentences_sum_to_the_score(graph, films, place):
    """Up to half a percent, the least that is said."""
    save_history_network(graph, place, recommend__max_explanation_paths=1000)
    recommend(graph, place)
    for each in explain(graph, 4):
        found = re.findall(r"\(([+-]\d+)%\)\.$", "\n".join(each.sentences), re.MULTILINE)
        assert len(found) == len(each.sentences)
        shares = [int(share) / 100 for share in found]
        row = next(row for row in stored(graph) if (row["user"], row["rank"]) == (4, each.rank))
        assert row["explanationShares"] == pytest.approx(shares, abs=0.0051)
        size = abs(row["taste"]) + abs(row["popularity"]) + row["pathScore"]
        assert sum(row["explanationShares"]) == pytest.approx(row["score"] / size, abs=0.0051)


def test_the_sentences_word_derived_relationships(graph, films, place):
    none = {"paths__makers": 0, "paths__actors": 0, "paths__genres": 0}
    save_history_network(graph, place, paths__candidates=50, **none)
    recommend(graph, place)
    text = " ".join(line for row in stored(graph) for line in row["explanation"])
    assert "saw this one too, " in text
    assert " within their next 20 films" in text
    alone = {"paths__watched_next": 0, "paths__similar": 0}
    save_history_network(graph, place, paths__candidates=50, **none, **alone)
    recommend(graph, place)
    text = " ".join(line for row in stored(graph) for line in row["explanation"])
    assert "seen " in text
    assert " of your last " in text


def test_an_explanation_is_drawn_with_its_reasons(graph, films, place):
    save_history_network(graph, place)
    recommend(graph, place)
    drawn = set()
    for rank in (1, 2, 3, 4):
        text = filled_query("draw_explanation", userId=1, rank=rank, runId=RUN)
        (row,) = graph.read(query(text))
        drawn |= {kind for _, kind, _ in (*row["relationships"], *row["because"])}
        films_drawn = {node["entityId"] for node in row["nodes"]}
        assert row["movie"]["entityId"] not in films_drawn
    assert {"RATED", "BECAUSE"} <= drawn
    assert not drawn & {"WATCHED_NEXT", "SIMILAR", "WATCHED_ALIKE"}  # BECAUSE stands for them


def test_the_command_shows_the_summands(graph, films, place, home):
    save_history_network(graph, place)
    recommend(graph, place)

    def typed(*arguments):
        done = CliRunner().invoke(cli, ["--home", str(home.root), *arguments])
        assert done.exit_code == 0, done.output
        return done.stdout

    text = " ".join(typed("explain", "1").split())
    found = re.match(
        r"1\. .* score (-?[\d.]+) = paths ([\d.]+), taste ([+-][\d.]+), popularity ([+-][\d.]+)"
        r" - .*? \([+-]\d+%\)\.",
        text,
    )
    score, *parts = map(float, present(found).groups())
    assert sum(parts) == pytest.approx(score, abs=0.03)
    document = json.loads(typed("explain", "1", "--json"))
    for each in document:
        summed = each["taste"] + each["popularity"] + each["path_score"]
        assert summed == pytest.approx(each["score"], abs=1e-4)
        assert each["path_score"] == pytest.approx(sum(each["kinds"].values()))
        assert 0 <= each["shown_share"] <= each["path_share"] + 1e-6 <= 1 + 1e-6
        assert each["closeness"] is None
        assert set(each["films"]) == {films.names[entities(films, "Movie")[m]] for m in RATED[1]}
        assert len(each["shares"]) == len(each["sentences"])


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
    network.level.data[:] = float("nan")
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
    rest = candidates.movies.rows(top.movies[0, 3:])
    proposals = candidates.proposals(rows)[0, rest]
    assert proposals.tolist() == sorted(proposals.tolist(), reverse=True)
    assert top.scores[0, 2] > top.scores[0, 3] + 100


def test_parallel_relationships_are_two_paths_with_a_weight_each(films, recommender):
    """From Ronin to Casino leads WATCHED_NEXT and SIMILAR: one line of entities, two reasons."""
    users, movies = entities(films, "User"), entities(films, "Movie")
    [reason] = [
        each
        for each in recommender.recommend(np.arange(4), k=9, keep=999)
        if (each.user, each.movie) == (users[4], movies[CASINO])
    ]
    line = (users[4], movies[HEAT], movies[CASINO])
    found = {
        relation: weight
        for path, relation, weight in zip(
            reason.paths, reason.relations, reason.weights, strict=True
        )
        if path == line
    }
    assert found.keys() == {"WATCHED_NEXT", "SIMILAR"}
    assert found["WATCHED_NEXT"] != found["SIMILAR"]


def test_a_relation_is_that_of_the_catalogue_or_a_rating(films, recommender):
    users, movies = entities(films, "User"), entities(films, "Movie")
    assert recommender.relation(movies[BUG], films.names.index("John Lasseter")) == "DIRECTED"
    assert recommender.relation(movies[BUG], users[2]) == "RATED"
    assert recommender.relation(movies[BUG], films.names.index("Tom Hanks")) is None
