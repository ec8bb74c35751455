"""Training RKAN-history on a real server: three phases, exact resuming, no leaked ratings."""

import json
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from click.testing import CliRunner

from model.checkpoint import load_checkpoint
from model.rkan_history.network import RKANHistory
from pipeline.cli import cli
from pipeline.content.dataset import read_dataset
from pipeline.content.histories import read_histories
from pipeline.enrichment.config import EnrichConfig
from pipeline.enrichment.derived import derive
from pipeline.enrichment.early import early_and_late
from pipeline.enrichment.enrich import enrich_all
from pipeline.enrichment.stored import find_enrichment, fingerprint
from pipeline.errors import CheckpointError, ConfigError, GraphContentError
from pipeline.home import Home
from pipeline.load.kg import load_kg
from pipeline.networks.configuration import load_config
from pipeline.networks.rkan_history.spool import Spool
from pipeline.recommendation.recommend import recommend
from pipeline.runs.checkpoints import FINISHED, HISTORY, UNFINISHED, find_checkpoint
from pipeline.runs.train import train
from pipeline.runs.training import run_training
from pipeline.schema import MOVIELENS
from tests.support.film_graph import POISON, query, tables
from tests.support.narrowing import present
from tests.support.runs import context_of, dying_after, saved_states
from tests.support.small_histories import user_rows
from tests.support.small_settings import QUICK_HISTORY

SETTINGS = QUICK_HISTORY | {
    "enrich.short_histories": 0.0,
    "history.epochs": 2,
    "history.learning_rate": 0.1,  # so high that the encoder's dropout changes the candidates
    "history.refit_epochs": 2,
    "train.epochs": 2,
    "train.sequence_epochs": 2,
    "train.sequence_rate": 0.1,
    "train.patience": 5,
}
# two epochs of the encoder, validation and two epochs of the paths and of the sequences, two epochs
# of everything
SAVES = 10
FIRST = """
MATCH (u:User)-[:RECOMMENDED {rank: 1}]->(m:Movie) RETURN u.userId AS user, m.movieId AS movie
"""
UNHOLD = "MATCH (:User {userId: 1})-[held:HELD_OUT]->() DELETE held"
FALSE_LINKS = """
MATCH (a:Movie), (b:Movie) WHERE a.movieId < b.movieId
CREATE (b)-[:WATCHED_NEXT {weight: 9.0, earlyWeight: 9.0}]->(a),
       (b)-[:SIMILAR {weight: 9.0, earlyWeight: 9.0}]->(a)
"""
KILLED_WITH_LISTS = """
import os, signal
from pipeline.cli import main
from pipeline.runs import training
save = training.save_checkpoint
def save_and_die(file, checkpoint):
    save(file, checkpoint)
    if (checkpoint.phase, checkpoint.epoch) == ("paths", 1):
        os.kill(os.getpid(), signal.SIGKILL)
training.save_checkpoint = save_and_die
main()
"""
DERIVED = """
MATCH (a)-[r:WATCHED_NEXT|SIMILAR|WATCHED_ALIKE]->(b)
RETURN type(r) AS type, a.entityId AS source, b.entityId AS target, properties(r) AS properties
"""


def config(**changes):
    return load_config(overrides=SETTINGS | {k.replace("__", "."): v for k, v in changes.items()})


def weights(file):
    return load_checkpoint(file).weights


def same(left, right):
    return all(torch.equal(left[name], right[name]) for name in left)


def parts(state, *prefixes):
    """The weights whose names start with one of these."""
    return {name: value for name, value in state.items() if name.startswith(prefixes)}


def of_paths(state):
    return {name: value for name, value in state.items() if not name.startswith("history.")}


def of_kinds(state):
    """The weights that the phase "paths" trains."""
    return parts(state, "level", "exponent", "slopes", "of_", "taste_", "popularity_")


def derived(graph):
    """The graph's derived relationships, in an order of their own."""
    rows = [
        (row["type"], row["source"], row["target"], sorted(row["properties"].items()))
        for row in graph.read(query(DERIVED))
    ]
    return sorted(rows, key=repr)


def computed(histories, settings):
    """The same of these histories."""
    rows = [
        (kind, row.source, target, sorted(properties.items()))
        for kind, of_kind in derive(histories, settings).rows().items()
        for row in of_kind
        for target, properties in zip(row.targets, row.properties, strict=True)
    ]
    return sorted(rows, key=repr)


def best_of(records):
    return max(records, key=lambda record: (record["validation"], -record["epoch"]))


def test_four_phases_leave_a_finished_run(graph, films, place):
    result = train(graph, place, config())
    epochs = {phase: [r["epoch"] for r in records] for phase, records in result.history.items()}
    lists = [0, 1, 2]
    assert epochs == {"encoder": [1, 2], "paths": lists, "sequences": lists, "everything": [1, 2]}
    assert result.run_id.startswith("rkan-history-films-")
    first, second = best_of(result.history["paths"][1:]), best_of(result.history["sequences"])
    assert result.best_epoch == first["epoch"] + second["epoch"]
    assert result.validation == second["validation"] >= first["validation"]
    assert result.history["sequences"][0]["validation"] == first["validation"]
    assert result.checkpoint == find_checkpoint(place)
    assert {file.name for file in result.checkpoint.parent.iterdir()} == {FINISHED, HISTORY}
    written = json.loads((result.checkpoint.parent / HISTORY).read_text())
    assert written == {"run_id": result.run_id, **result.history}
    checkpoint = load_checkpoint(result.checkpoint)
    assert (checkpoint.phase, checkpoint.trainer, checkpoint.best) == ("done", {}, {})
    assert (checkpoint.sizes["num_movies"], checkpoint.sizes["num_attributes"]) == (10, 6)


def test_lists_are_counted(graph, films, place):
    """Of three histories that are long enough one validates; 5 candidates of 8 movies, or fewer."""
    result = train(graph, place, config())
    whole = read_histories(graph)
    early, late = whole.split(0.3)
    assert (early.sizes.tolist(), late.sizes.tolist()) == ([3, 3, 6, 1], [1, 1, 2, 0])
    watched = len(np.unique(early.movies))
    counts = [min(5, watched - size) for size in early.sizes[:3]]
    records = result.history["paths"][1:] + result.history["sequences"][1:]
    pairs = {record["pairs"] for record in records}
    assert len(pairs) == 1
    assert pairs <= {sum(counts) - each for each in counts}


def test_derived_relationships_are_in_the_graph_afterwards(graph, films, place):
    train(graph, place, config())
    assert find_enrichment(graph) is not None
    assert derived(graph) == computed(read_histories(graph), config().enrich)
    types = {*MOVIELENS.derived_relations, MOVIELENS.watched_alike}
    assert {kind for kind, *_ in derived(graph)} == types


def test_without_paths_over_derived_relationships_none_are_written(graph, films, place):
    train(graph, place, config(paths__watched_next=0, paths__similar=0, paths__users=0))
    assert find_enrichment(graph) is None
    assert derived(graph) == []


def test_a_trial_replaces_the_derived_relationships_by_those_of_its_histories(
    graph, films, tmp_path, monkeypatch
):
    """The caller restores them; nobody is told."""
    enrich_all(graph, EnrichConfig())
    said: list[str] = []
    monkeypatch.setattr("pipeline.networks.rkan_history.derived.say", said.append)
    cut = read_histories(graph).last(3, user_rows(0, 1, 2))
    context = context_of(graph, tmp_path / "run", cut, trial=True)
    assert run_training(context, config()).phase == "done"
    wanted = fingerprint(read_dataset(graph), cut, config().enrich)
    assert present(find_enrichment(graph)).fingerprint == wanted
    assert derived(graph) == computed(cut, config().enrich)
    assert said == []


def test_a_run_repeats_bit_by_bit(graph, films, place, tmp_path):
    torch.manual_seed(1)
    first = train(graph, place, config())
    torch.manual_seed(2)
    second = train(graph, Home(tmp_path / "other"), config())
    assert first.run_id == second.run_id
    assert same(weights(first.checkpoint), weights(second.checkpoint))
    third = train(graph, Home(tmp_path / "third"), config(train__seed=1))
    assert third.run_id != first.run_id
    assert not same(weights(first.checkpoint), weights(third.checkpoint))


def test_neither_held_out_ratings_nor_derived_relationships_change_anything(
    graph, films, place, tmp_path
):
    before = train(graph, place, config())
    assert graph.write(query(POISON))["relationships_created"] > 0
    assert graph.write(query(UNHOLD))["relationships_deleted"] > 0
    assert graph.write(query(FALSE_LINKS))["relationships_created"] > 50
    after = train(graph, Home(tmp_path / "other"), config())
    assert same(weights(before.checkpoint), weights(after.checkpoint))
    assert derived(graph) == computed(read_histories(graph), config().enrich)  # none is false


@pytest.mark.parametrize("saves", range(1, SAVES + 1))
def test_an_interrupted_run_ends_as_if_undisturbed(graph, films, place, tmp_path, saves):
    whole = train(graph, place, config())
    other = Home(tmp_path / "other")
    _interrupted(graph, other, config(), saves)
    torch.manual_seed(saves)
    resumed = train(graph, other, config(), resume="always")
    assert resumed.resumed
    assert same(weights(whole.checkpoint), weights(resumed.checkpoint))
    assert _figures(resumed) == _figures(whole)
    assert not (resumed.checkpoint.parent / UNFINISHED).exists()
    assert find_enrichment(graph) is not None


def test_a_run_that_is_interrupted_again_and_again_ends_the_same(graph, films, place, tmp_path):
    whole = train(graph, place, config())
    other = Home(tmp_path / "other")
    _interrupted(graph, other, config(), 1)
    for _ in range(SAVES - 2):
        _interrupted(graph, other, config(), 1, resume="always")
    resumed = train(graph, other, config(), resume="always")
    assert same(weights(whole.checkpoint), weights(resumed.checkpoint))


def test_resuming_goes_on_where_it_was(graph, films, place):
    _interrupted(graph, place, config(), saves=SAVES - 3)
    with saved_states() as saved:
        assert train(graph, place, config(), resume="always").resumed
    assert saved == [("sequences", 2), ("everything", 1), ("everything", 2)]


def test_resuming_in_a_phase_over_the_lists_does_not_repeat_the_one_before(
    graph, films, place, monkeypatch
):
    """The weights of the phase "paths" are no longer touched."""
    _interrupted(graph, place, config(), saves=6)  # after the validation before the sequences
    [folder] = place.checkpoints.iterdir()
    before = load_checkpoint(folder / UNFINISHED)
    assert (before.phase, before.epoch) == ("sequences", 0)
    result = train(graph, place, config(), resume="always")
    assert same(of_kinds(before.weights), of_kinds(weights(result.checkpoint)))
    assert result.history["paths"] == before.history["paths"]


def _interrupted(graph, home, settings, saves, resume="never"):
    """Train until the given number of saves, then die."""
    with dying_after(saves):
        train(graph, home, settings, resume=resume)
    with pytest.raises(CheckpointError, match="was interrupted"):
        find_checkpoint(home)


def _figures(result):
    return {
        phase: [{k: v for k, v in record.items() if k != "seconds"} for record in records]
        for phase, records in result.history.items()
    }


def test_nothing_but_the_checkpoint_is_left_by_an_interruption(graph, films, place):
    _interrupted(graph, place, config(), saves=4)
    [folder] = place.checkpoints.iterdir()
    assert [file.name for file in folder.iterdir()] == [UNFINISHED]


def test_a_run_that_is_killed_leaves_its_last_epoch_and_no_lists_and_ends_the_same(
    graph, films, place, home
):
    settings = config(train__seed=7)
    sets = [part for key, value in SETTINGS.items() for part in ("--set", f"{key}={value}")]
    command = ["train", "--home", str(home.root), *sets, "--seed", "7"]
    done = subprocess.run([sys.executable, "-c", KILLED_WITH_LISTS, *command])
    assert done.returncode == -signal.SIGKILL
    [file] = home.checkpoints.glob(f"*/{UNFINISHED}")
    assert [each.name for each in file.parent.iterdir()] == [UNFINISHED]
    resumed = train(graph, home, settings, resume="always")
    assert resumed.resumed
    assert {each.name for each in file.parent.iterdir()} == {FINISHED, HISTORY}
    whole = train(graph, place, settings)
    assert same(weights(whole.checkpoint), weights(resumed.checkpoint))


def test_training_stops_when_validation_no_longer_improves(graph, films, place, monkeypatch):
    scores = iter([0.9, 0.5, 0.4, 0.3])
    monkeypatch.setattr(RKANHistory, "ranking_loss", lambda *_: -next(scores))
    settings = config(train__epochs=9, train__sequence_epochs=0, train__patience=2)
    result = train(graph, place, settings)
    assert [record["epoch"] for record in result.history["paths"]] == [0, 1, 2, 3]
    assert (result.best_epoch, result.validation) == (1, 0.5)


def test_the_path_part_is_that_of_the_best_epoch(graph, films, place, tmp_path, monkeypatch):
    scores = iter([0.0, 0.5, 0.4])
    monkeypatch.setattr(RKANHistory, "ranking_loss", lambda *_: -next(scores))
    alone = config(train__sequence_epochs=0)
    both = weights(train(graph, place, alone).checkpoint)
    scores = iter([0.0, 0.5])
    less = config(train__sequence_epochs=0, train__epochs=1)
    one = weights(train(graph, Home(tmp_path / "other"), less).checkpoint)
    assert same(of_paths(both), of_paths(one))
    scores = iter([0.0, 0.4, 0.5])
    two = weights(train(graph, Home(tmp_path / "third"), alone).checkpoint)
    assert not same(of_paths(both), of_paths(two))


@pytest.mark.parametrize(
    ("scores", "kept"), [([0.5, 0.4, 0.3], 0), ([0.5, 0.6, 0.5], 1), ([0.5, 0.4, 0.6], 2)]
)
def test_the_sequences_are_kept_if_the_validation_score_is_better_with_them(
    graph, films, place, tmp_path, monkeypatch, scores, kept
):
    """Their phase changes nothing else; before it all corrections are 0."""
    without = weights(train(graph, place, config(train__sequence_epochs=0)).checkpoint)
    given = iter([0.0, 0.1, 0.5, *scores])  # the second epoch of the paths is the best
    monkeypatch.setattr(RKANHistory, "ranking_loss", lambda *_: -next(given))
    result = train(graph, Home(tmp_path / "other"), config())
    assert (result.best_epoch, result.validation) == (2 + kept, max(scores))
    found = weights(result.checkpoint)
    corrections = parts(found, "sequences.correction")
    assert any(bool(each.any()) for each in corrections.values()) is (kept > 0)
    assert same(parts(found, "sequences"), parts(without, "sequences")) is (kept == 0)


def test_the_phase_of_the_sequences_trains_nothing_else(graph, films, place, tmp_path):
    without = weights(train(graph, place, config(train__sequence_epochs=0)).checkpoint)
    found = weights(train(graph, Home(tmp_path / "other"), config()).checkpoint)
    assert same(of_kinds(without), of_kinds(found))
    assert same(parts(without, "history."), parts(found, "history."))


@pytest.mark.parametrize(
    "changes",
    [
        {"train__sequence_epochs": 0},
        {"model__sequences": False},
        {"train__validation_users": 0.0},
    ],
    ids=lambda changes: "-".join(changes),
)
def test_without_sequences_there_is_no_such_phase(graph, films, place, changes):
    result = train(graph, place, config(**changes))
    assert set(result.history) == {"encoder", "paths", "everything"}
    corrections = parts(weights(result.checkpoint), "sequences.correction")
    assert not any(bool(each.any()) for each in corrections.values())


def test_without_validating_users_all_epochs_train(graph, films, place):
    result = train(graph, place, config(train__validation_users=0.0))
    assert [record["epoch"] for record in result.history["paths"]] == [1, 2]
    assert (result.best_epoch, result.validation) == (2, None)


def test_the_last_phase_changes_the_encoder_alone(graph, films, place, tmp_path):
    before = weights(train(graph, place, config(history__refit_epochs=0)).checkpoint)
    after = weights(train(graph, Home(tmp_path / "other"), config()).checkpoint)
    assert same(of_paths(before), of_paths(after))
    assert not torch.equal(before["history.source"], after["history.source"])


def test_candidates_and_labels_come_from_the_two_parts_of_a_history(
    graph, films, place, monkeypatch
):
    """Nobody's later movies are in their history; labels are among them."""
    seen = []
    add = Spool.add

    def noted(spool, lists):
        seen.append(lists)
        add(spool, lists)

    monkeypatch.setattr(Spool, "add", noted)
    train(graph, place, config())
    whole = read_histories(graph)
    early, late = whole.split(0.3)
    movies = np.flatnonzero(np.array(films.kinds) == "Movie")
    users = []
    for lists in seen:
        for b, user in enumerate(lists.users.tolist()):
            users.append(user)
            row = whole.user_entities.tolist().index(user)
            known = movies[lists.histories[b][lists.histories[b] >= 0]].tolist()
            assert known == early.movies_of(row)[::-1].tolist()
            asked = movies[lists.candidates[b][lists.candidates[b] >= 0]]
            assert not set(asked) & set(known)
            assert np.isin(asked, early.movies).all()
            labelled = asked[lists.labels[b, : len(asked)] > 0]
            assert set(labelled) == set(asked) & set(late.movies_of(row).tolist())
    assert sorted(users) == whole.user_entities[:3].tolist()  # user 4's one movie is no list


def test_lists_are_of_as_many_users_as_the_settings_say(graph, films, place, monkeypatch):
    seen = []
    add = Spool.add

    def noted(spool, lists):
        seen.extend(lists.users.tolist())
        add(spool, lists)

    monkeypatch.setattr(Spool, "add", noted)
    train(graph, place, config(train__max_users=2))
    assert len(seen) == len(set(seen)) == 2


def test_the_lists_are_of_short_histories_too(graph, films, place, monkeypatch):
    settings = config(enrich__short_histories=0.99, enrich__short_length=2)
    whole = read_histories(graph)
    early, late = early_and_late(whole, settings.enrich)
    assert (early.sizes[:3] <= 2).all()
    lists = []
    add = Spool.add

    def noted(spool, found):
        lists.append(found)
        add(spool, found)

    monkeypatch.setattr(Spool, "add", noted)
    train(graph, place, settings)
    movies = np.flatnonzero(np.array(films.kinds) == "Movie")
    rows = whole.user_entities.tolist()
    seen = {
        rows.index(user): movies[history[history >= 0]].tolist()
        for found in lists
        for user, history in zip(found.users.tolist(), found.histories, strict=True)
    }
    assert seen == {row: early.movies_of(row)[::-1].tolist() for row in range(3)}
    assert all(len(late.movies_of(row)) for row in seen)


def test_histories_too_short_to_learn_from_their_end_are_refused(graph, tmp_path, place):
    whole = tables("short")
    short = replace(whole, ratings=whole.ratings.drop_duplicates("userId"))
    load_kg(graph, short, test_fraction=0.0, quarantine=tmp_path)
    with pytest.raises(GraphContentError, match="no history is long enough"):
        train(graph, place, config())


def test_an_empty_graph_is_refused(graph, place):
    with pytest.raises(GraphContentError, match="the graph is empty"):
        train(graph, place, config())


def test_divergence_names_the_learning_rates(graph, films, place, monkeypatch):
    def diverging(*_):
        raise ArithmeticError("the loss is NaN or infinite")

    monkeypatch.setattr(RKANHistory, "loss", diverging)
    rates = r"train\.learning_rate = 0\.03, train\.slope_learning_rate.*history\.learning_rate"
    with pytest.raises(ConfigError, match=f"diverged: the loss.*{rates}"):
        train(graph, place, config())


def test_resuming_with_other_options_names_the_difference(graph, films, place):
    _interrupted(graph, place, config(), 2)
    with pytest.raises(CheckpointError, match=r"history\.dim = 6, not 8"):
        train(graph, place, config(history__dim=8), resume="always")


@pytest.mark.parametrize(
    "changes",
    [
        {"model__aggregation": "none"},
        {"model__sequences": False},
        {"model__taste": False, "model__popularity": False},
        {"train__path_loss": 0.0},
        {"train__average_decay": 0.5},
        {"paths__max_hops": 2},
        {"paths__users": 0},
        {"paths__makers": 0, "paths__actors": 0, "paths__genres": 0, "history__attributes": False},
        {"paths__max_hops": 2, "paths__watched_next": 0, "paths__similar": 0},
        {"enrich__similar": "cosine"},
    ],
    ids=lambda changes: "-".join(changes),
)
def test_other_kinds_of_it_train_too(graph, films, place, changes):
    assert train(graph, place, config(**changes)).best_epoch >= 1


def test_the_command_trains_it_by_default(graph, films, home):
    sets = [part for key, value in SETTINGS.items() for part in ("--set", f"{key}={value}")]
    result = CliRunner().invoke(cli, ["train", "--home", str(home.root), "--json", *sets])
    assert result.exit_code == 0, result.output
    document = json.loads(result.stdout)
    assert set(document["history"]) == {"encoder", "paths", "sequences", "everything"}
    assert document["run_id"].startswith("rkan-history-films-")
    assert load_checkpoint(Path(document["checkpoint"])).config["model"]["name"] == "rkan-history"


CHAIN, USERS = 12, 36


def chain():
    """User u watches movies u, u + 1, ..., u + 5, counted round the clock of twelve."""
    ratings = [(u, (u + step) % CHAIN, 4.0, step) for u in range(USERS) for step in range(6)]
    movies = pd.DataFrame(
        [(movie, f"Film {movie}", 2000, pd.NA) for movie in range(CHAIN)],
        columns=["movieId", "title", "year", "imdbId"],
    )
    return replace(
        tables("chain"),
        ratings=pd.DataFrame(ratings, columns=["userId", "movieId", "rating", "timestamp"]),
        movies=movies.astype({"year": "Int64", "title": "str"}),
        genres=pd.DataFrame([(0, "Drama")], columns=["movieId", "genre"]),
        credits=tables().credits.iloc[:0],
    )


@pytest.mark.parametrize(
    "part",
    [{}, {"model__taste": False, "model__popularity": False}],
    ids=["whole", "paths alone"],
)
def test_a_planted_order_of_movies_is_learned(graph, tmp_path, place, part):
    """The movie that everybody watches next is recommended first, also by paths alone."""
    load_kg(graph, chain(), test_fraction=1 / 6, quarantine=tmp_path)
    longer = {"history__epochs": 8, "train__epochs": 6, "train__learning_rate": 0.03}
    result = train(graph, place, config(**longer, paths__candidates=7, **part))
    losses = [record["loss"] for record in result.history["paths"][1:]]
    assert losses[-1] < losses[0]
    recommend(graph, place, top_k=1)
    first = graph.read(query(FIRST))
    assert len(first) == USERS
    assert sum(row["movie"] == (row["user"] + 5) % CHAIN for row in first) > 0.9 * USERS
