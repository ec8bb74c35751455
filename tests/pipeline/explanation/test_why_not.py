"""Why a film is not on a list: rated, unknown, not proposed or outranked, and never held out."""

from dataclasses import replace

import pytest

from pipeline.errors import CheckpointError, GraphContentError, NotFoundError
from pipeline.explanation.explain import explain
from pipeline.explanation.why_not import Reason, Standing, WhyNot, why_not
from pipeline.networks.rkan.config import RKANRunConfig
from pipeline.ranking.lists import rank_movies
from pipeline.recommendation.recommend import recommend
from pipeline.runs.checkpoints import find_trained
from pipeline.runs.loading import load_recommender, stored_config
from tests.support.film_graph import (
    BUG,
    CASINO,
    HEAT,
    LATE,
    NEVER,
    POISON,
    RONIN,
    UNSEEN,
    query,
    save_network,
)
from tests.support.film_history import RUN, save_history_network
from tests.support.narrowing import present
from tests.support.runs import context_of
from tests.support.small_histories import user_rows

LIKES = {1: {CASINO: 5, BUG: 7, RONIN: 3}}
USER_1 = 0  # its row


@pytest.fixture
def rkan(graph, films, place):
    """User 1 likes A Bug's Life, Casino, Ronin and Unseen, in this order; lists have two films."""
    save_network(graph, place, likes=LIKES)
    return place


@pytest.fixture
def history(graph, films, place):
    """User 1 can be recommended four films, is proposed three of them, and gets a list of one."""
    save_history_network(graph, place, paths__candidates=3, recommend__top_k=1)
    return place


def ranked(graph, place, k):
    """User 1's recommendations by movieId when so many films are candidates."""
    context = context_of(graph, place.checkpoints / RUN)
    checkpoint = find_trained(place, context.dataset, RUN)
    recommender = load_recommender(context, stored_config(checkpoint), checkpoint)
    found = recommender.recommend(user_rows(USER_1), k, 100)
    return {int(context.catalogue.keys[each.movie]): each for each in found}


def proposed(graph, place):
    """The films that user 1 can be recommended, in the order of the history encoder."""
    context = context_of(graph, place.checkpoints / RUN)
    checkpoint = find_trained(place, context.dataset, RUN)
    encoder = load_recommender(context, stored_config(checkpoint), checkpoint, "proposals")
    top = rank_movies(context.histories, user_rows(USER_1), encoder.score, 99)
    return [int(context.catalogue.keys[each]) for each in top.movies[0, : top.lengths[0]]]


def test_a_rated_film_is_said_with_its_stars(graph, rkan):
    found = why_not(graph, rkan, 1, "heat")
    assert found == WhyNot(1, HEAT, "Heat (1995)", Reason.RATED, stars=4.0)


def test_a_rating_without_stars_has_none(graph, rkan):
    graph.write(query("MATCH (:User {userId: 4})-[r:RATED]->() REMOVE r.rating"))
    found = why_not(graph, rkan, 4, str(HEAT))
    assert (found.reason, found.stars) == (Reason.RATED, None)


def test_a_rated_film_needs_no_network(graph, films, place):
    assert why_not(graph, place, 1, "Heat").reason is Reason.RATED


def test_a_film_that_nobody_rated_is_unknown(graph, rkan):
    """User 3's ratings of Never and Late are held out."""
    for user in (1, 3):
        for film in (NEVER, LATE):
            found = why_not(graph, rkan, user, str(film))
            assert (found.reason, found.film, found.run_id) == (Reason.UNKNOWN, None, None)


def test_without_a_ledger_there_are_rank_and_score(graph, rkan):
    recommend(graph, rkan, top_k=2)
    found = why_not(graph, rkan, 1, "Ronin")
    assert (found.reason, found.run_id) == (Reason.OUTRANKED, "rkan-films-1")
    assert (found.rank, found.ranked, found.top_k) == (3, 4, 2)
    assert found.film == Standing(RONIN, "Ronin (1998)", 3.0, {}, None)
    assert found.last == Standing(CASINO, "Casino (1995)", 5.0, {}, None)
    assert found.gaps == {"score": -2.0}
    assert why_not(graph, rkan, 1, "Unseen").rank == 4


def test_a_recommended_film_is_said_with_its_rank(graph, rkan):
    recommend(graph, rkan, top_k=2)
    found = why_not(graph, rkan, 1, "Casino")
    assert (found.reason, found.rank, found.stored) == (Reason.RECOMMENDED, 2, True)
    assert explain(graph, 1, CASINO, run_id=found.run_id)[0].rank == 2


def test_a_list_that_is_not_stored_has_the_configured_length(graph, films, place):
    config = RKANRunConfig().changed({"model.embedding_dim": 12, "model.hidden_dim": 4})
    config = config.changed({"recommend.top_k": 3})
    save_network(graph, place, likes=LIKES, config=config)
    found = why_not(graph, place, 1, "Ronin")
    assert (found.reason, found.rank, found.stored) == (Reason.RECOMMENDED, 3, False)
    found = why_not(graph, place, 1, "Unseen")
    assert (found.reason, found.rank, found.top_k) == (Reason.OUTRANKED, 4, 3)


def test_the_newest_run_with_recommendations_counts_unless_another_is_named(graph, rkan):
    recommend(graph, rkan, top_k=2)
    save_network(graph, rkan, run_id="rkan-films-2", likes={1: {RONIN: 9}})
    assert why_not(graph, rkan, 1, "Ronin").run_id == "rkan-films-1"
    found = why_not(graph, rkan, 1, "Ronin", run_id="rkan-films-2")
    assert (found.reason, found.run_id, found.rank) == (Reason.RECOMMENDED, "rkan-films-2", 1)


def test_an_outranked_candidate_is_compared_with_the_last_of_the_list(graph, history):
    exact = ranked(graph, history, 3)
    last, middle, worst = exact
    for rank, film in ((2, middle), (3, worst)):
        found = why_not(graph, history, 1, str(film))
        assert (found.reason, found.rank, found.ranked) == (Reason.OUTRANKED, rank, 3)
        assert (found.top_k, found.place, found.proposable) == (1, None, None)
        assert (present(found.film).movie_id, present(found.last).movie_id) == (film, last)
        for standing in (present(found.film), present(found.last)):
            each = exact[standing.movie_id]
            ledger = present(each.ledger)
            parts = {"taste": ledger.taste, "popularity": ledger.popularity, **ledger.kinds}
            assert standing.parts == pytest.approx(parts, rel=1e-5)
            assert standing.score == pytest.approx(each.score, rel=1e-5)
            assert standing.paths == len(each.paths)
        gaps = found.gaps
        assert gaps.pop("score") == pytest.approx(sum(gaps.values()), rel=1e-4)


def test_what_was_not_proposed_has_its_place_and_its_score_as_an_extra_candidate(graph, history):
    order = proposed(graph, history)
    assert len(order) == 4
    found = why_not(graph, history, 1, str(order[3]))
    assert (found.reason, found.place, found.proposable) == (Reason.NOT_PROPOSED, 4, 4)
    assert (found.ranked, found.top_k) == (3, 1)
    extra, exact = ranked(graph, history, 4), ranked(graph, history, 3)
    film, last = present(found.film), present(found.last)
    assert last.score == pytest.approx(exact[last.movie_id].score, rel=1e-5)
    gap = extra[film.movie_id].score - extra[last.movie_id].score
    assert film.score - last.score == pytest.approx(gap, rel=1e-4)
    assert film.score == pytest.approx(sum(film.parts.values()), rel=1e-4)
    assert found.rank == extra[film.movie_id].rank


@pytest.mark.parametrize("top_k", [1, 2, 3, 4, 9])
def test_all_films_but_those_on_the_list_are_accounted_for(graph, films, place, top_k):
    """Lists of every length, with fewer candidates than that as well."""
    save_history_network(graph, place, paths__candidates=2, recommend__top_k=top_k)
    order = proposed(graph, place)
    reasons = [why_not(graph, place, 1, str(film)).reason for film in order]
    listed, candidates = min(top_k, 4), min(max(top_k, 2), 4)
    assert reasons.count(Reason.RECOMMENDED) == listed
    assert reasons.count(Reason.OUTRANKED) == candidates - listed
    assert reasons[candidates:] == [Reason.NOT_PROPOSED] * (4 - candidates)


@pytest.mark.parametrize("kind", ["rkan", "history"])
def test_held_out_ratings_change_nothing(graph, request, kind):
    place = request.getfixturevalue(kind)
    films = [BUG, RONIN, CASINO, UNSEEN, NEVER, LATE, HEAT]
    before = [why_not(graph, place, 1, str(film)) for film in films]
    graph.write(query(POISON))
    assert [why_not(graph, place, 1, str(film)) for film in films] == before
    graph.write(query("MATCH ()-[r:HELD_OUT]->() DELETE r"))
    assert [why_not(graph, place, 1, str(film)) for film in films] == before


def test_a_user_without_training_ratings_gets_no_list(graph, rkan):
    graph.write(query("MATCH (:User {userId: 4})-[r:RATED]->() DELETE r"))
    with pytest.raises(NotFoundError, match="user 4 has no training ratings"):
        why_not(graph, rkan, 4, "Casino")


def test_scores_that_are_no_numbers_are_an_error(graph, films, place):
    save_network(graph, place, likes={1: {CASINO: float("nan")}})
    with pytest.raises(CheckpointError, match=r"rkan-films-1 give NaN .* train\.learning_rate"):
        why_not(graph, place, 1, "Casino")


def test_what_does_not_exist_is_named(graph, rkan):
    with pytest.raises(NotFoundError, match="no user 99"):
        why_not(graph, rkan, 99, "Casino")
    with pytest.raises(NotFoundError, match="no movie 'Cassino'; the nearest titles: Casino"):
        why_not(graph, rkan, 1, "Cassino")
    with pytest.raises(CheckpointError, match="no run 'x'; finished runs are rkan-films-1"):
        why_not(graph, rkan, 1, "Casino", run_id="x")


def test_a_missing_network_is_told_the_command(graph, films, place):
    with pytest.raises(CheckpointError, match=r"no trained model .*; run: pipeline train"):
        why_not(graph, place, 1, "Casino")


def test_an_empty_graph_is_told_the_command(graph, place):
    with pytest.raises(GraphContentError, match="run: pipeline load-kg"):
        why_not(graph, place, 1, "Casino")


def test_without_two_scores_there_is_no_gap():
    nothing = WhyNot(1, HEAT, "Heat (1995)", Reason.RATED)
    assert nothing.gaps == {}
    assert replace(nothing, film=Standing(HEAT, "Heat (1995)", 1.0, {}, None)).gaps == {}
