"""The network over candidates: the ledger of a score, invariances, gradients and training."""

import math
from contextlib import nullcontext
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from model.arrays import PADDING
from model.rkan_history.batches import collate_lists, lists_of
from model.rkan_history.config import ListTrainConfig
from model.rkan_history.path_kinds import Feature, PathKind
from model.training.trainer import Trainer
from tests.support.candidate_lists import (
    FEATURES,
    NUM_FEATURES,
    NUM_MOVIES,
    Path,
    lists,
    network,
    new_network,
    random_lists,
)

AGGREGATIONS = ("attention", "none")
BY_LENGTH = ("level_by_length", "taste_by_length", "popularity_by_length")
FIRST = {"level", "exponent", "slopes", "of_taste", "of_popularity", *BY_LENGTH}
PATHS = [Path(0, 1), Path(0, 2, 1, PathKind.ACTOR, 3, 44, 0.1)]
MIXED = ("kinds", "relations", "sources", "ages", "through", "weights", "features")


def near(expected):
    return pytest.approx(expected, abs=1e-5, rel=1e-5)


@torch.inference_mode()
def run(model, found):
    output = model(collate_lists(found))
    return type(output)(*(part.numpy() for part in output))


def some(seed=0, users=4):
    return random_lists(np.random.default_rng(seed), users)


def lengths_of(found):
    """The log length of each user's history, 0 for 49 movies."""
    return [math.log((1 + sum(row != PADDING)) / 50) for row in found.histories]


def factors(model, length):
    """What taste and popularity are multiplied by for a history of this log length."""
    taste = model.of_taste.item() + model.taste_by_length.item() * length
    popularity = model.of_popularity.item() + model.popularity_by_length.item() * length
    return taste * model.config.taste, popularity * model.config.popularity


def by_hand(model, found):
    """The evidence of each path without corrections, in plain Python."""
    level, exponent, slopes, by_length = (
        weight.tolist()
        for weight in (model.level, model.exponent, model.slopes, model.level_by_length)
    )
    lengths, width = lengths_of(found), found.candidates.shape[1]
    columns = (found.slots, found.kinds, found.weights, found.features)
    evidence = []
    for slot, kind, weight, x in zip(*(column.tolist() for column in columns), strict=True):
        log = level[kind] + exponent[kind] * math.log(weight + 1e-6)
        log += by_length[kind] * lengths[slot // width]
        log += sum(slope * value for slope, value in zip(slopes[kind], x, strict=True))
        evidence.append(math.exp(min(6.0, log)))
    return evidence


def test_shapes():
    found = some()
    output = run(network(), found)
    shape = found.candidates.shape
    assert {part.shape for part in output[:4]} == {shape}
    assert output.evidence.shape == found.slots.shape


@given(
    seed=st.integers(0, 10_000),
    users=st.integers(1, 6),
    aggregation=st.sampled_from(AGGREGATIONS),
    sequences=st.booleans(),
    taste=st.booleans(),
    popularity=st.booleans(),
)
@settings(max_examples=100, deadline=None)
def test_a_score_is_the_sum_of_its_parts(seed, users, aggregation, sequences, taste, popularity):
    found = some(seed, users)
    model = network(
        seed, aggregation=aggregation, sequences=sequences, taste=taste, popularity=popularity
    )
    output = run(model, found)
    assert (output.evidence > 0).all()
    lengths = lengths_of(found)
    for b, c in np.ndindex(found.candidates.shape):
        own = found.slots == b * found.candidates.shape[1] + c
        if found.candidates[b, c] == PADDING:
            assert output.scores[b, c] < -1e8
            assert not own.any()
            continue
        paths = math.fsum(output.evidence[own].tolist())
        assert output.path_scores[b, c] == near(paths)
        assert own.any() or output.path_scores[b, c] == 0
        of_taste, of_popularity = factors(model, lengths[b])
        assert output.taste[b, c] == near(of_taste * found.taste[b, c])
        assert output.popularity[b, c] == near(of_popularity * found.popularity[b, c])
        parts = (output.taste[b, c], output.popularity[b, c], *output.evidence[own])
        assert output.scores[b, c] == near(math.fsum(map(float, parts)))


@given(st.integers(0, 10_000), st.integers(1, 6))
@settings(max_examples=60, deadline=None)
def test_evidence_by_hand(seed, users):
    found, model = some(seed, users), network(seed, sequences=False)
    assert run(model, found).evidence == pytest.approx(by_hand(model, found), rel=1e-4)


@given(st.integers(0, 10_000), st.sampled_from(AGGREGATIONS))
@settings(max_examples=40, deadline=None)
def test_a_new_network_gives_the_same_evidence_with_and_without_sequences(seed, aggregation):
    found = some(seed)
    model = new_network(seed, aggregation=aggregation)
    without = run(new_network(seed, sequences=False), found).evidence
    assert np.array_equal(run(model, found).evidence, without)
    model.learns_sequences = True  # then the corrections are computed, and are 0
    assert run(model, found).evidence == pytest.approx(without, rel=1e-6)
    assert without == pytest.approx(by_hand(model, found), rel=1e-4)


def test_a_new_network_ranks_by_taste_and_a_little_by_paths():
    found = some()
    output = run(new_network(), found)
    assert np.array_equal(output.taste, found.taste)
    of_popularity = 0.2 - 0.1 * np.array(lengths_of(found))[:, None]
    assert output.popularity == pytest.approx(of_popularity * found.popularity, rel=1e-5)
    path = Path(0, 1, kind=PathKind.GENRE, weight=0.25)
    plain = run(new_network(), lists([[1]], [[5]], [path])).evidence[0]
    assert plain == pytest.approx(math.exp(-4) * 0.5, rel=1e-5)
    newest = path._replace(kind=PathKind.WATCHED_NEXT)  # of this kind the last movies say more
    found = lists([[1]], [[5]], [newest])
    last = FEATURES[Feature.LAST_MOVIES]
    assert run(new_network(), found).evidence[0] == pytest.approx(plain * math.exp(2.5 * last))


def of_lengths(sizes, kind=PathKind.SIMILAR):
    """Users with this many movies who are alike in all else."""
    users = len(sizes)
    return lists(
        [[1] * size for size in sizes],
        [[5]] * users,
        [Path(slot, 1, kind=kind) for slot in range(users)],
        taste=[[1.0]] * users,
        popularity=[[2.0]] * users,
    )


def test_in_a_new_network_popularity_says_more_of_short_histories_and_all_else_the_same():
    output = run(new_network(), of_lengths([1, 9, 49, 499]))
    for part in (output.taste, output.path_scores, output.evidence):
        assert len(set(part.ravel().tolist())) == 1
    logs = np.log(np.array([2, 10, 50, 500]) / 50)
    assert output.popularity.ravel() == pytest.approx(2 * (0.2 - 0.1 * logs), rel=1e-5)


@pytest.mark.parametrize("sequences", [True, False])
def test_the_length_of_a_history_changes_what_each_part_counts_for(sequences):
    """By the log of its length; for 49 movies that is 0."""
    model = new_network(sequences=sequences)
    with torch.no_grad():
        model.of_popularity.fill_(0.5)
        model.level_by_length[PathKind.SIMILAR] = -0.5
        model.taste_by_length.fill_(0.25)
        model.popularity_by_length.fill_(-0.125)
    output = run(model, of_lengths([49, 4, 499]))
    few, many = math.log(5 / 50), math.log(10)
    assert output.taste[:, 0].tolist() == near([1, 1 + 0.25 * few, 1 + 0.25 * many])
    expected = [1, 1 - 0.25 * few, 1 - 0.25 * many]
    assert output.popularity[:, 0].tolist() == near(expected)
    usual = math.exp(-4) * 0.5**0.5
    expected = [usual, usual * 10**0.5, usual / 10**0.5]
    assert output.evidence.tolist() == pytest.approx(expected, rel=1e-4)
    other = run(model, of_lengths([49, 4, 499], PathKind.GENRE)).evidence
    assert len(set(other.tolist())) == 1  # each kind has a factor of its own


def test_corrections_count_once_they_are_learned():
    model, found = new_network(), some()
    before = run(model, found).evidence
    with torch.no_grad():
        model.sequences.correction.bias.fill_(0.5)
    assert run(model, found).evidence == near(before * math.exp(0.5))
    config = model.config.changed({"sequences": False})
    without = type(model)(config, model.history.config, **model.sizes)
    without.load_state_dict(model.state_dict())
    assert np.array_equal(run(without, found).evidence, before)


def test_the_evidence_of_a_path_is_bounded():
    model = network()
    with torch.no_grad():
        model.level.fill_(50.0)
    found = some()
    assert run(model, found).evidence == pytest.approx(math.exp(6))


@pytest.mark.parametrize("aggregation", AGGREGATIONS)
def test_a_candidate_without_paths_has_no_path_score(aggregation):
    model = network(aggregation=aggregation)
    output = run(model, lists([[1, 2]], [[5, 6, 7]], [Path(1, 1)]))
    assert output.path_scores[0, [0, 2]].tolist() == [0, 0]
    assert output.path_scores[0, 1] == output.evidence[0] > 0


def test_without_any_path_there_is_no_evidence():
    output = run(network(), lists([[1], []], [[5], [6]], []))
    assert not output.path_scores.any()
    assert output.evidence.shape == (0,)


def test_users_without_candidates_are_no_error():
    found = lists([[1]], [[]], [])
    assert run(network(), found).scores.shape == (1, 0)
    assert network().loss(collate_lists(found), ListTrainConfig()).item() == 0


@pytest.mark.parametrize(("name", "part"), [("taste", 0), ("popularity", 1)])
def test_a_part_can_be_left_out_of_the_score(name, part):
    found = some()
    present = found.candidates != PADDING
    whole, without = run(network(), found), run(network(**{name: False}), found)
    left_out, other = (whole.taste, whole.popularity)[:: 1 - 2 * part]
    assert np.abs(left_out).max() > 0.01
    assert without.scores[present] == near((whole.scores - left_out)[present])
    assert not getattr(without, name).any()
    assert np.array_equal((without.taste, without.popularity)[1 - part], other)
    assert np.array_equal(without.path_scores, whole.path_scores)


@pytest.mark.parametrize(
    ("changed", "differs"),
    [({}, True), ({"aggregation": "none"}, False), ({"sequences": False}, False)],
)
def test_attention_lets_paths_look_at_their_neighbours(changed, differs):
    model = network(**changed)
    alone = run(model, lists([[1, 2]], [[5]], PATHS[:1])).evidence[0]
    beside = run(model, lists([[1, 2]], [[5]], PATHS)).evidence[0]
    assert (abs(alone - beside) > 1e-4) == differs


def test_another_path_never_takes_from_the_score_without_attention():
    model = network(aggregation="none")
    paths = [*PATHS, Path(0, 2, 1, PathKind.GENRE, 2)]
    found = [run(model, lists([[1, 2]], [[5]], paths[:n])).scores[0, 0] for n in range(4)]
    assert found == sorted(found)
    assert len(set(found)) == 4


@pytest.mark.parametrize("aggregation", AGGREGATIONS)
@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_paths_does_not_matter(aggregation, seed):
    model, found = network(aggregation=aggregation), some(seed, users=8)
    rng = np.random.default_rng(seed)
    order = np.lexsort((rng.random(len(found.slots)), found.slots))
    assert (order != np.arange(len(order))).any()
    mixed = replace(found, **{name: getattr(found, name)[order] for name in MIXED})
    before, after = run(model, found), run(model, mixed)
    assert after.scores == near(before.scores)
    assert after.evidence == near(before.evidence[order])


@pytest.mark.parametrize("aggregation", AGGREGATIONS)
def test_the_order_of_candidates_does_not_matter(aggregation):
    model = network(aggregation=aggregation)
    taste, popularity = np.array([[1, 2, -3]]), np.array([[0.5, 0, -0.5]])
    paths = [*PATHS, Path(2, 2, 1)]
    found = lists([[1, 2]], [[5, 6, 7]], paths, taste=taste, popularity=popularity)
    moved = [Path(0, 2, 1), *(path._replace(slot=2) for path in PATHS)]
    turned = lists(
        [[1, 2]], [[7, 6, 5]], moved, taste=taste[:, ::-1], popularity=popularity[:, ::-1]
    )
    before, after = run(model, found), run(model, turned)
    for part in range(4):
        assert after[part] == near(before[part][:, ::-1])
    assert after.evidence == near(before.evidence[[2, 0, 1]])


@pytest.mark.parametrize("aggregation", AGGREGATIONS)
def test_places_without_a_candidate_change_nothing(aggregation):
    model = network(aggregation=aggregation)
    paths = [*PATHS, Path(1, 2, 1)]
    before = run(model, lists([[1, 2]], [[5, 6]], paths))
    after = run(model, lists([[1, 2, PADDING]], [[5, 6, PADDING, PADDING]], paths))
    for part in range(4):
        assert after[part][:, :2] == near(before[part])
    assert after.evidence == near(before.evidence)


@pytest.mark.parametrize("aggregation", AGGREGATIONS)
def test_other_users_of_the_step_change_nothing(aggregation):
    model, found = network(aggregation=aggregation), some(seed=2, users=5)
    together = run(model, found)
    users = found.slots // found.candidates.shape[1]
    for row in range(5):
        alone = run(model, lists_of(found, np.array([row])))
        for part in range(4):
            assert alone[part][0] == near(together[part][row])
        assert alone.evidence == near(together.evidence[users == row])


@pytest.mark.parametrize("sequences", [True, False])
@pytest.mark.parametrize(
    "change",
    [{"kind": PathKind.GENRE}, {"relation": 3}, {"weight": 0.1}, {"features": FEATURES[::-1]}],
    ids=lambda change: next(iter(change)),
)
def test_every_part_of_a_path_counts(change, sequences):
    one, other = (
        run(network(sequences=sequences), lists([[1, 2]], [[5]], [path])).evidence[0]
        for path in (Path(0, 1), Path(0, 1)._replace(**change))
    )
    # only the LSTM reads the relation: without it, the kind says enough
    assert (abs(one - other) > 1e-4) == (sequences or "relation" not in change)


@pytest.mark.parametrize("change", [{"source": 2}, {"age": 1}, {"through": 7}])
def test_the_entities_of_a_path_only_explain_it(change):
    one, other = (
        run(network(), lists([[1, 2]], [[5]], [path])).evidence[0]
        for path in (Path(0, 1), Path(0, 1)._replace(**change))
    )
    assert one == other


def reached(model):
    """Names of the weights with a gradient after a step's loss."""
    model.loss(collate_lists(some(seed=1, users=8)), ListTrainConfig()).backward()
    named = [(name, weight.grad) for name, weight in model.named_parameters()]
    assert all(torch.isfinite(gradient).all() for _, gradient in named if gradient is not None)
    return {name for name, gradient in named if gradient is not None and gradient.any()}


def names_of(model, part):
    return {name for name, _ in model.named_parameters() if name.startswith(part)}


@pytest.mark.parametrize("left_out", [None, "taste", "popularity"])
def test_gradients_of_the_first_phase_reach_all_but_the_sequences(left_out):
    model = new_network(**({left_out: False} if left_out else {}))
    assert reached(model) == FIRST - {f"of_{left_out}", f"{left_out}_by_length"}


def test_first_gradients_of_the_sequences_reach_their_output():
    model = new_network()
    model.learns_sequences = True
    found = reached(model) - FIRST
    assert found == {"sequences.correction.weight", "sequences.correction.bias"}


@pytest.mark.parametrize("aggregation", AGGREGATIONS)
def test_later_gradients_reach_all_sequences_and_never_the_encoder(aggregation):
    model = network(aggregation=aggregation)
    model.learns_sequences = True
    assert reached(model) - FIRST == names_of(model, "sequences.")


def test_the_first_phase_has_two_rates():
    model = network()
    config = ListTrainConfig(learning_rate=0.1, slope_learning_rate=0.2, sequence_rate=0.3)
    levels, slopes = model.parameter_groups(config)
    assert (levels["lr"], slopes["lr"]) == (0.1, 0.2)
    names = {id(weight): name for name, weight in model.named_parameters()}
    assert {names[id(weight)] for weight in levels["params"]} == FIRST - {"exponent", "slopes"}
    assert {names[id(weight)] for weight in slopes["params"]} == {"exponent", "slopes"}


def test_the_second_phase_has_the_sequences_alone():
    model = network()
    model.learns_sequences = True
    (group,) = model.parameter_groups(ListTrainConfig(sequence_rate=0.3))
    assert group["lr"] == 0.3
    names = {id(weight): name for name, weight in model.named_parameters()}
    assert {names[id(weight)] for weight in group["params"]} == names_of(model, "sequences.")


def test_the_loss_of_a_list_by_hand():
    found = lists([[1], [2]], [[5, 6], [5, 6]], [], labels=[[1, 0], [1, 1]])
    # Without paths, taste and popularity all candidates are alike. The first label competes with
    # one movie, and all labels together take half of the list; the second list has nothing else.
    expected = (2 * math.log(2) + 0) / 2
    batch = collate_lists(found)
    without = network().loss(batch, ListTrainConfig(path_loss=0.0)).item()
    assert without == pytest.approx(expected)
    both = network().loss(batch, ListTrainConfig(path_loss=0.5)).item()
    assert both == pytest.approx(1.5 * expected)


def cross_entropy(scores, watched):
    """Each label against the others, and the share of all labels together."""
    shares = list(map(math.exp, scores))
    others = sum(share for place, share in enumerate(shares) if place not in watched)
    each = sum(math.log(1 + others / shares[place]) for place in watched) / len(watched) ** 0.5
    return each + math.log(sum(shares) / sum(shares[place] for place in watched))


@pytest.mark.parametrize("path_loss", [0.0, 0.25, 1.0])
@pytest.mark.parametrize("taste", [True, False])
def test_the_loss_with_paths_by_hand(path_loss, taste):
    """Places without a candidate get no share of the list in either of the two losses."""
    found = lists(
        [[1, 2], [3]],
        [[5, 6, 7], [8, 9]],
        [*PATHS, Path(1, 2, 1), Path(4, 3)],
        labels=[[1, 0, 1], [0, 1, 0]],
        taste=[[1, 0.5, -1.5], [2, -2, 0]],
        popularity=[[0, -1, 1], [0.25, -0.25, 0]],
    )
    model = network(sequences=False, taste=taste)
    e = by_hand(model, found)
    (a, b), (c, d) = (factors(model, length) for length in lengths_of(found))
    paths = [[e[0] + e[1], e[2], 0.0], [0.0, e[3]]]
    whole = [
        [paths[0][0] + a, paths[0][1] + 0.5 * a - b, paths[0][2] - 1.5 * a + b],
        [paths[1][0] + 2 * c + 0.25 * d, paths[1][1] - 2 * c - 0.25 * d],
    ]
    ranking, alone = (
        (cross_entropy(scores[0], (0, 2)) + cross_entropy(scores[1], (1,))) / 2
        for scores in (whole, paths)
    )
    batch = collate_lists(found)
    loss = model.loss(batch, ListTrainConfig(path_loss=path_loss)).item()
    assert loss == pytest.approx(ranking + path_loss * alone, rel=1e-5)
    assert model.ranking_loss(batch).item() == pytest.approx(ranking, rel=1e-5)


def test_a_list_without_labels_costs_nothing():
    found = lists([[1]], [[5, 6]], [Path(0, 1)], labels=[[0, 0]])
    assert network().loss(collate_lists(found), ListTrainConfig()).item() == 0


def test_it_is_rebuilt_with_the_sizes_it_names():
    model = network()
    again = type(model)(model.config, model.history.config, **model.sizes)
    again.load_state_dict(model.state_dict())
    found = some()
    for one, other in zip(run(model, found), run(again.eval(), found), strict=True):
        assert np.array_equal(one, other)


def planted(rule, users=120):
    """One candidate in three is watched: the one whose path follows ``rule``."""
    rng = np.random.default_rng(5)
    histories, candidates, labels, paths = [], [], [], []
    for user in range(users):
        seen, *asked = rng.permutation(NUM_MOVIES)[:4].tolist()
        best = int(rng.integers(3))
        histories.append([seen])
        candidates.append(asked)
        labels.append([float(column == best) for column in range(3)])
        for column in range(3):
            path = Path(user * 3 + column, seen, kind=PathKind.MAKER)
            paths.append(path._replace(**rule(column == best, rng)))
    return lists(histories, candidates, paths, labels=labels)


NOTHING = (0.0,) * (NUM_FEATURES - 1)
RULES = {
    "kind": lambda good, rng: {"kind": 4 if good else int(rng.integers(4))},
    "weight": lambda good, rng: {"weight": rng.uniform(0.5, 1) if good else rng.uniform(0, 0.1)},
    "feature": lambda good, rng: {"features": (1.0 if good else rng.uniform(0, 0.2), *NOTHING)},
    "relation": lambda good, rng: {"relation": 2 if good else int(rng.integers(2))},
}


def trained(found, seed=0, sequences=False, epochs=12, **settings):
    """Trained as in the first phase, or as in the second, where the sequences are learned."""
    model = new_network(seed, **settings)
    model.learns_sequences = sequences
    config = ListTrainConfig(
        batch_size=16,
        learning_rate=0.2,
        slope_learning_rate=0.2,
        sequence_rate=0.05,
        rate_decay=0.9,
        seed=seed,
    )
    trainer = Trainer(model, config, torch.device("cpu"))
    trainer.fit(epochs, lambda epoch: nullcontext([found]))
    model.learns_sequences = False
    return trainer


def hits(trainer, found):
    """The share of users whose watched movie is ranked first."""
    scores = run(trainer.network.eval(), found).scores
    return (scores.argmax(axis=1) == found.labels.argmax(axis=1)).mean()


@pytest.mark.parametrize("rule", ["kind", "weight", "feature"])
def test_the_first_phase_learns_a_planted_rule(rule):
    found = planted(RULES[rule])
    trainer = trained(found)
    assert hits(trainer, found) > 0.95
    assert trainer.records[-1].loss < trainer.records[0].loss / 2
    assert (trainer.records[0].pairs, trainer.records[0].pairs_without_paths) == (360, 0)


@pytest.mark.parametrize("aggregation", AGGREGATIONS)
@pytest.mark.parametrize("rule", ["weight", "feature", "relation"])
def test_the_sequences_learn_a_planted_rule(rule, aggregation):
    found = planted(RULES[rule])
    trainer = trained(found, sequences=True, aggregation=aggregation)
    assert hits(trainer, found) > 0.95
    assert trainer.records[-1].loss < trainer.records[0].loss / 2


def test_only_the_sequences_read_the_relation():
    found = planted(RULES["relation"])
    assert hits(trained(found), found) < 0.6


@pytest.mark.parametrize("sequences", [False, True])
def test_each_phase_leaves_the_weights_of_the_other_as_they_were(sequences):
    before = new_network(0).state_dict()
    after = trained(planted(RULES["kind"], users=40), sequences=sequences, epochs=2)
    changed = {
        name
        for name, weight in after.network.state_dict().items()
        if not torch.equal(weight, before[name])
    }
    # taste and popularity are 0 here, so their factors stay
    first = {"level", "exponent", "slopes", "level_by_length"}
    assert changed == (names_of(after.network, "sequences.") if sequences else first)


def weights_of(trainer):
    return {name: weight.clone() for name, weight in trainer.network.state_dict().items()}


def same(left, right):
    assert left.keys() == right.keys()
    return all(torch.equal(left[name], right[name]) for name in left)


@pytest.mark.parametrize("sequences", [False, True])
def test_training_repeats_bit_by_bit(sequences):
    found = planted(RULES["relation"], users=40)
    torch.manual_seed(1)
    first = weights_of(trained(found, sequences=sequences, epochs=3))
    torch.manual_seed(2)  # what else draws at random does not matter
    assert same(first, weights_of(trained(found, sequences=sequences, epochs=3)))
    assert not same(first, weights_of(trained(found, seed=1, sequences=sequences, epochs=3)))


def test_training_draws_nothing_from_the_common_generator():
    torch.manual_seed(1)
    expected = torch.rand(3)
    trainer = Trainer(network(), ListTrainConfig(), torch.device("cpu"))
    torch.manual_seed(1)
    trainer.fit(1, lambda epoch: nullcontext([some()]))
    assert torch.equal(torch.rand(3), expected)


@torch.inference_mode()
def test_the_history_encoder_never_uses_dropout():
    """It does not in a network that was just built or loaded, nor while the rest trains."""
    model = network()
    histories = torch.tensor([[1, 2, 3], [4, PADDING, PADDING]])
    expected = model.history.user_vectors(histories)
    assert model.history.config.dropout > 0
    built = type(model)(model.config, model.history.config, **model.sizes)
    built.load_state_dict(model.state_dict())
    assert built.training
    for each in (built, built.train(), built.eval().train()):
        assert torch.equal(each.history.user_vectors(histories), expected)
