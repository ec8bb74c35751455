"""Comparing on the real server: every method, nothing run twice, nothing seen that is held out."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from pipeline.cli import cli
from pipeline.comparison import compare as compare_module
from pipeline.comparison.compare import compare
from pipeline.comparison.fit import fit
from pipeline.comparison.methods import all_names
from pipeline.comparison.results import HistoriesKind, Job, save_result
from pipeline.comparison.split import CUT_TO, read_split
from pipeline.comparison.studies import study_plans
from pipeline.comparison.users import evaluate_thin, evaluate_users, thin_candidates
from pipeline.device import choose_device
from pipeline.errors import GraphContentError, SourceError
from pipeline.evaluation.beyond import BEYOND, background
from pipeline.ids import EntityIds
from pipeline.load.kg import load_kg
from pipeline.networks.rkan.explained import count_explained
from pipeline.paths.config import PathConfig
from pipeline.ranking.lists import TopLists
from pipeline.ranking.metrics import METRICS
from pipeline.report.publish import plain_values, publish
from pipeline.runs.stored import read_runs
from tests.support.film_graph import (
    BUG,
    CANDIDATES,
    CASINO,
    HELD_OUT,
    LATE,
    NEVER,
    POISON,
    RATED,
    RONIN,
    UNSEEN,
    entities,
    query,
    tables,
)
from tests.support.small_histories import movies_in, user_rows
from tests.support.small_settings import small_methods

OTHER_FIRST = """
MATCH (user:User {userId: 3})-[first:RATED {position: 0}]->(), (other:Movie {movieId: 9})
CREATE (user)-[rated:RATED]->(other) SET rated = properties(first) DELETE first
"""
RUNS = "MATCH (run:Run) RETURN properties(run) AS run ORDER BY run.runId"
FEW = ("popular", "ease", "bprmf", "rkan")


def scores(graph, split, method, output, seed=0, kind="full"):
    """float32 [users, movies], of all movies that the cut histories hold too."""
    job = Job(method, seed, kind, split.dataset.data_hash)
    score = fit(graph, split, job, output, choose_device("cpu")).score
    return score(split.training.user_entities, movies_in(split.cut))


@pytest.mark.usefixtures("films")
@pytest.mark.parametrize("name", all_names())
def test_no_method_sees_what_is_held_out(graph, tmp_path, name):
    [method] = small_methods([name])
    before = scores(graph, read_split(graph), method, tmp_path / "before")
    assert np.isfinite(before).all()
    assert graph.write(query(POISON))["relationships_created"] > 0
    after = scores(graph, read_split(graph), method, tmp_path / "after")
    assert np.array_equal(before, after)


@pytest.mark.usefixtures("films")
@pytest.mark.parametrize("name", all_names())
def test_what_a_cut_history_lost_changes_nothing_for_anyone(graph, tmp_path, name):
    """User 3's first rating is cut away: it may be of any other movie."""
    [method] = small_methods([name])
    split = read_split(graph)
    assert split.is_cut.tolist() == [False, False, True, False]
    before = scores(graph, split, method, tmp_path / "before", kind="cut")
    assert graph.write(query(OTHER_FIRST))["relationships_created"] == 1
    changed = read_split(graph)
    assert changed.training.movies_of(2)[0] != split.training.movies_of(2)[0]
    after = scores(graph, changed, method, tmp_path / "after", kind="cut")
    assert np.array_equal(before, after)


def test_the_histories_cut_are_those_of_half_the_users_with_more_to_lose(graph, films):
    split = read_split(graph)
    sizes = {user: len(movies) for user, movies in RATED.items()}
    assert split.training.sizes.tolist() == list(sizes.values())
    assert split.cut.sizes.tolist() == [4, 4, CUT_TO, 1]  # only user 3 has more than 4
    last = split.training.movies_of(2)[-CUT_TO:]
    assert split.cut.movies_of(2).tolist() == last.tolist()


@pytest.mark.usefixtures("films")
def test_every_user_with_something_to_predict_has_a_row(graph, tmp_path):
    comparison = compare(graph, small_methods(FEW), seeds=2, output=tmp_path)
    rows = comparison.per_user
    counted = [user for user, movies in HELD_OUT.items() if movies]
    for (method, seed, kind), part in rows.groupby(["method", "seed", "histories"]):
        assert part.userId.tolist() == counted, (method, seed, kind)
        assert part.heldOut.tolist() == [len(HELD_OUT[user]) for user in counted]
    runs = {(r.method, r.seed) for r in rows[["method", "seed"]].itertuples()}
    assert runs == {
        ("popular", 0),
        ("ease", 0),
        *((m, s) for m in ("bprmf", "rkan") for s in (0, 1)),
    }
    assert [each.method.name for each in comparison.methods] == list(FEW)
    assert not rows[list(METRICS)].isna().any().any()


@pytest.mark.usefixtures("films")
def test_most_popular_is_counted_by_hand(graph, tmp_path):
    comparison = compare(graph, small_methods(["popular"]), seeds=1, output=tmp_path, cut=False)
    rows = comparison.per_user.set_index("userId")
    # As in the test of evaluate: user 1 finds Bug first; user 2 gets Heat, then Big.
    assert rows["mrr@10"].tolist() == [1, 0.5, 0]
    assert rows["P@1"].tolist() == [1, 0, 0]


@pytest.mark.usefixtures("films")
def test_what_is_done_is_not_done_again(graph, tmp_path, monkeypatch):
    first = compare(graph, small_methods(FEW), seeds=1, output=tmp_path)
    monkeypatch.setattr(compare_module, "fit", None)  # whoever calls it fails
    again = compare(graph, small_methods(FEW), seeds=1, output=tmp_path)
    pd.testing.assert_frame_equal(first.per_user, again.per_user)
    assert first.methods == again.methods


@pytest.mark.usefixtures("films")
def test_an_interrupted_comparison_keeps_what_was_done(graph, tmp_path, monkeypatch):
    done = []

    def dying(graph, split, job, *rest):
        done.append(job.method.name)
        if len(done) == 3:
            raise KeyboardInterrupt
        return fit(graph, split, job, *rest)

    monkeypatch.setattr(compare_module, "fit", dying)
    with pytest.raises(KeyboardInterrupt):
        compare(graph, small_methods(FEW), seeds=1, output=tmp_path, cut=False)
    compare(graph, small_methods(FEW), seeds=1, output=tmp_path, cut=False)
    assert done == ["popular", "ease", "bprmf", "bprmf", "rkan"]


@pytest.mark.usefixtures("films")
def test_other_settings_are_another_job(graph, tmp_path):
    [ease] = small_methods(["ease"])
    stronger = replace(ease, config=ease.config.changed({"l2": 1.0}))
    for method in (ease, stronger):
        compare(graph, [method], seeds=1, output=tmp_path, cut=False)
    assert len(list((tmp_path / "results").iterdir())) == 2


@pytest.mark.usefixtures("films")
def test_a_damaged_result_is_named(graph, tmp_path):
    compare(graph, small_methods(["popular"]), seeds=1, output=tmp_path, cut=False)
    [file] = (tmp_path / "results").iterdir()
    file.write_bytes(file.read_bytes()[:-20])
    with pytest.raises(SourceError, match=file.name):
        compare(graph, small_methods(["popular"]), seeds=1, output=tmp_path, cut=False)


@pytest.mark.usefixtures("films")
def test_the_figures_go_onto_run_nodes_that_no_command_takes_for_recommendations(graph, tmp_path):
    comparison = compare(graph, small_methods(FEW), seeds=2, output=tmp_path)
    stored = [row["run"] for row in graph.read(query(RUNS))]
    assert len(stored) == 6
    ease = next(run for run in stored if run["model"] == "EASE")
    rows = comparison.per_user
    rows = rows[(rows.method == "ease") & (rows.histories == "full")]
    assert ease["precisionAt1"] == rows["P@1"].mean()
    assert ease["coldStartMrrSumAt10"] == rows["mrr_sum@10"].mean()  # all have fewer than 5
    assert ease["cutHistoriesRecallAt10"] == 0
    assert json.loads(ease["config"]) == {"l2": 93.3}
    assert any(run["runId"].startswith("rkan-films-") for run in stored)
    assert read_runs(graph) == []
    compare(graph, small_methods(FEW), seeds=2, output=tmp_path)
    assert len(graph.read(query(RUNS))) == 6


@pytest.mark.usefixtures("films")
def test_studies_vary_one_setting_and_rank_in_both_ways(graph, tmp_path):
    (tmp_path / "quick.toml").write_text(
        'model = {name = "rkan", embedding_dim = 4, hidden_dim = 4}\n'
        "train = {epochs = 1, validation_fraction = 0.0}\n"
    )
    settings = tmp_path / "settings.toml"
    settings.write_text('rkan = "quick.toml"\n')
    plans = study_plans(["path-length", "negatives"], settings)
    comparison = compare(
        graph,
        small_methods(["popular", "rkan"]),
        seeds=1,
        output=tmp_path,
        studies=plans,
        cut=False,
    )
    lengths, negatives = comparison.studies
    assert set(lengths.per_user.value) == {3, 5, 7}
    assert set(negatives.per_user.value) == {1, 2, 4}
    assert set(lengths.per_user.ranking) == {"inner product", "closeness"}
    first = lengths.per_user[(lengths.per_user.value == 3)]
    first = first[first.ranking == "inner product"]
    rkan = comparison.per_user[comparison.per_user.method == "rkan"]
    assert first["P@1"].tolist() == rkan["P@1"].tolist()  # 3 hops are what RKAN has anyway


@pytest.mark.usefixtures("films")
def test_the_report_and_the_document_say_the_same(graph, tmp_path):
    comparison = compare(graph, small_methods(FEW), seeds=2, output=tmp_path)
    files = publish(comparison, tmp_path, command="pipeline compare")
    assert [file.name for file in files] == ["report.md", "report.html"]
    document = json.loads(json.dumps(plain_values(comparison, files)))
    assert document["reference"] == "rkan"
    assert {row["method"] for row in document["differences"]} == {"popular", "ease", "bprmf"}
    text = files[0].read_text()
    for method in comparison.methods:
        assert method.method.title in text
    assert comparison.split.dataset.data_hash[:12] in text


def oracle(split):
    """Scores what is held out 1, all else 0."""

    def score(users, movies):
        known = split.held_out.user_entities.tolist()
        rows = [split.held_out.movies_of(known.index(user)) for user in users.tolist()]
        return np.array([np.isin(movies, row) for row in rows], dtype=np.float32)

    return score


@pytest.mark.usefixtures("films")
def test_perfect_foresight_scores_one(graph):
    split = read_split(graph)
    against = background(split.training, split.catalogue)
    users = evaluate_users(split, oracle(split), against).set_index("userId")
    assert users["P@1"][1] == users["nDCG@10"][2] == 1
    assert users["recall@10"][3] == 0  # nobody watched these in training: no candidates
    assert users["coverage@10"].tolist() == [7 / 8] * 3  # all but Toy Story, which all three know
    assert users["explained"].isna().all()


def test_cold_movies_are_ranked_among_themselves_and_new_ones_too(graph, films):
    """No movie has 5 ratings: the cold ones are the usual candidates, the new ones two."""
    split = read_split(graph)
    movies = entities(films, "Movie")
    found = thin_candidates(split)
    assert found["new"].tolist() == [movies[NEVER], movies[LATE]]
    assert found["cold"].tolist() == [movies[key] for key in sorted(CANDIDATES)]
    users = evaluate_thin(split, oracle(split)).set_index(["candidates", "userId"])
    assert users.index.tolist() == [("cold", 1), ("cold", 2), ("new", 3)]
    assert users.heldOut.tolist() == [1, 1, 2]
    assert users["P@1"].tolist() == users["P@5"].tolist()[2:] * 3 == [1, 1, 1]
    assert users["mrr_sum@10"].tolist() == [1, 1, 1.5]
    assert users["recall@10"].tolist() == [1, 1, 1]


@pytest.mark.usefixtures("films")
def test_movies_that_no_user_watches_later_are_no_group(graph):
    graph.write(query("MATCH ()-[r:HELD_OUT]->(m:Movie) WHERE m.movieId IN [9, 10] DELETE r"))
    split = read_split(graph)
    users = evaluate_thin(split, oracle(split))
    assert users.candidates.tolist() == ["cold", "cold"]


@pytest.mark.usefixtures("films")
def test_histories_are_cut_to_fewer_and_fewer(graph):
    split = read_split(graph)
    whole = split.training.movies_of(2).tolist()
    sizes: dict[HistoriesKind, int] = {"full": 8, "cut": 4, "cut2": 2, "cut1": 1}
    for kind, kept in sizes.items():
        histories = split.histories(kind)
        assert histories.movies_of(2).tolist() == whole[-kept:]
        assert histories.sizes[[0, 1, 3]].tolist() == split.training.sizes[[0, 1, 3]].tolist()


@pytest.mark.usefixtures("films")
def test_where_evidence_is_thin_every_method_is_asked(graph, tmp_path):
    methods = small_methods(["popular", "watched-next", "rkan"])
    comparison = compare(graph, methods, seeds=1, output=tmp_path, thin=True, cut=False)
    rows = comparison.per_user
    groups = rows.groupby(["histories", "candidates"]).userId.apply(list).to_dict()
    usual = {(kind, "usual"): [1, 2, 3] for kind in ("full", "cut", "cut2", "cut1")}
    wanted = {**usual, ("full", "cold"): [1, 2], ("full", "new"): [3]}
    assert groups == {group: users * 3 for group, users in wanted.items()}
    assert not rows[list(METRICS)].isna().any().any()
    popular = rows[(rows.method == "popular") & (rows.candidates == "cold")]
    assert popular["mrr@10"].tolist() == [1, 0.5]  # as among the usual candidates
    markdown = publish(comparison, tmp_path, command="pipeline compare --thin")[0].read_text()
    for words in (
        "8 cold movies and 2 new movies",
        "### Cold movies: 2 users",
        "New movies: RKAN minus",
    ):
        assert words in markdown


@pytest.mark.usefixtures("films")
def test_only_methods_over_paths_have_explanations(graph, tmp_path):
    rows = compare(graph, small_methods(FEW), seeds=1, output=tmp_path).per_user
    explained = rows.groupby("method").explained.count().to_dict()
    assert explained == {"popular": 0, "ease": 0, "bprmf": 0, "rkan": 6}
    others = [name for name in BEYOND if name != "explained"]
    assert not rows[others].isna().any().any()


def test_explained_movies_are_counted_by_hand(graph, films):
    """User 1 liked crime and comedy; of Unseen nothing is known. User 3 keeps Unseen alone."""
    split = read_split(graph)
    movies = entities(films, "Movie")
    listed = np.array([[movies[key] for key in (CASINO, BUG, UNSEEN)], [movies[RONIN], -1, -1]])
    top = TopLists(EntityIds(listed), np.zeros(listed.shape, dtype=np.float32))
    config = PathConfig(max_paths_per_pair=5)

    def count(kind, rows):
        return count_explained(graph, split.histories(kind), user_rows(*rows), top, config, (0,))

    assert count("full", [0, 3]).tolist() == [2, 1]
    assert count("cut1", [2, 0]).tolist() == [0, 1]


@pytest.mark.usefixtures("films")
def test_what_a_result_lacks_of_thin_evidence_is_made_once(graph, tmp_path, monkeypatch):
    done = []

    def counting(graph, split, job, *rest):
        done.append(job.histories)
        return fit(graph, split, job, *rest)

    monkeypatch.setattr(compare_module, "fit", counting)

    def run(thin):
        done.clear()
        methods = small_methods(["popular"])
        found = compare(graph, methods, seeds=1, output=tmp_path, thin=thin).per_user
        return sorted(done), set(found.candidates)

    everything = {"usual", "cold", "new"}
    assert run(thin=False) == (["cut", "full"], {"usual"})
    assert run(thin=True) == (["cut1", "cut2", "full"], everything)
    assert run(thin=True) == ([], everything)
    assert run(thin=False) == ([], {"usual"})


@pytest.mark.usefixtures("films")
def test_a_result_of_an_earlier_version_counts(graph, tmp_path, monkeypatch):
    [popular] = methods = small_methods(["popular"])
    new = compare(graph, methods, seeds=1, output=tmp_path, cut=False).per_user
    job = Job(popular, 0, "full", read_split(graph).dataset.data_hash)
    users = new.drop(columns=["method", "seed", "histories", "candidates", *BEYOND])
    save_result(tmp_path, job, users, {"fitSeconds": 1.0, "scoreSeconds": 1.0})
    monkeypatch.setattr(compare_module, "fit", None)  # whoever calls it fails
    old = compare(graph, methods, seeds=1, output=tmp_path, cut=False)
    assert old.per_user[list(BEYOND)].isna().all().all()
    assert old.per_user[list(METRICS)].equals(new[list(METRICS)])
    assert "novelty" not in publish(old, tmp_path, command="")[0].read_text()


def test_without_held_out_ratings_there_is_nothing_to_compare(graph, tmp_path):
    load_kg(graph, tables(), test_fraction=0.0, quarantine=tmp_path)
    with pytest.raises(GraphContentError, match="held-out"):
        compare(graph, small_methods(["popular"]), seeds=1, output=tmp_path)


@pytest.mark.usefixtures("films")
def test_the_command_prints_tables_or_one_document(graph, home, tmp_path):
    def typed(*arguments):
        places = ["--output", str(tmp_path), "--home", str(home.root)]
        words = ["compare", "--methods", "popular,ease", *places, *arguments]
        done = CliRunner().invoke(cli, words)
        assert done.exit_code == 0, done.output
        return done.stdout

    shown = typed()
    assert "EASE" in shown
    assert "report.html" in shown
    assert json.loads(typed("--json"))["reference"] == "ease"
    other = json.loads(typed("--json", "--reference", "popular"))
    assert {row["method"] for row in other["differences"]} == {"ease"}


def test_the_reference_is_one_of_the_methods(home, tmp_path):
    arguments = ["compare", "--methods", "popular", "--reference", "ease"]
    done = CliRunner().invoke(cli, [*arguments, "--home", str(home.root)])
    assert "one of the methods" in str(done.exception)
