"""A third network, as someone would add it: one learned number per movie, and paths to show."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Literal

import numpy as np
import torch
from torch import nn

from model.settings import Count, Rate, Seed, Settings, Share
from model.training.trainer import EpochRecord, Trainer
from pipeline.ids import EntityId
from pipeline.networks.interface import Recommendation, SettingStudy, Variant
from pipeline.networks.phases import Phases
from pipeline.networks.run_config import RunConfig
from pipeline.ranking.lists import rank_movies


class TinyConfig(Settings):
    name: Literal["tiny"] = "tiny"
    """Name of the network."""


class TinyTrainConfig(Settings):
    epochs: Count = 2
    """Passes."""
    batch_size: Count = 3
    """Movies per step."""
    learning_rate: Rate = 0.1
    """Adam's."""
    rate_decay: Rate = 1.0
    """Per epoch."""
    average_decay: Share = 0.0
    """None."""
    patience: Count = 9
    """Epochs."""
    seed: Seed = 0
    """Seed."""


class TinyRunConfig(RunConfig):
    model: TinyConfig = TinyConfig()
    train: TinyTrainConfig = TinyTrainConfig()


@dataclass
class Step:
    movies: torch.Tensor

    @property
    def examples(self):
        return len(self.movies)

    pairs = examples
    pairs_without_paths = 0


class Tiny(nn.Module):
    """Learns that what is watched is liked."""

    def __init__(self, num_entities):
        super().__init__()
        self.sizes = {"num_entities": num_entities}
        self.liking = nn.Parameter(torch.zeros(num_entities))

    def parameter_groups(self, config):
        return [{"params": [self.liking], "lr": config.learning_rate}]

    def batches(self, chunks, size, rng):
        for movies in chunks:
            mixed = rng.permutation(movies)
            for start in range(0, len(mixed), size):
                yield Step(torch.from_numpy(mixed[start : start + size]).long())

    def loss(self, batch, config):
        return nn.functional.softplus(-self.liking[batch.movies]).mean()


class TinyRecommender:
    """Ranks by liking; a path leads over an attribute that a movie of the history shares."""

    def __init__(self, context, network):
        self.context, self.network = context, network

    def score(self, users, movies):
        liking = self.network.liking.detach().numpy()[movies]
        return np.broadcast_to(liking, (len(users), len(movies)))

    def recommend(self, rows, k, keep) -> Iterator[Recommendation]:
        histories = self.context.histories
        top = rank_movies(histories, rows, self.score, k)
        for row, movies, scores in zip(rows, top.movies, top.scores, strict=True):
            user = EntityId(int(histories.user_entities[row]))
            for rank, (movie, score) in enumerate(zip(movies, scores, strict=True), start=1):
                if movie >= 0:
                    entity = EntityId(int(movie))
                    paths = list(self._paths(user, row, entity))[:keep]
                    weights = [1 / len(paths)] * len(paths) if paths else []
                    yield Recommendation(user, entity, rank, float(score), 0.5, paths, weights)

    def _paths(self, user, row, movie):
        edges = self.context.catalogue.edges
        for attribute in edges[edges[:, 0] == movie, 1].tolist():
            for seen in self.context.histories.movies_of(row).tolist():
                if self.relation(seen, attribute):
                    yield (user, seen, attribute, movie)

    def relation(self, movie, other):
        return self.context.catalogue.relation(movie, other)

    def count_explained(self, rows, top):
        users = self.context.histories.user_entities
        return np.array(
            [
                sum(bool(list(self._paths(int(users[row]), row, int(m)))) for m in movies if m >= 0)
                for row, movies in zip(rows, top.movies, strict=True)
            ]
        )

    def deletions(self, rows, k, seed):
        return iter(())  # the paths add nothing to the score

    def embeddings(self):
        liking = self.network.liking.detach().numpy()
        return np.stack([liking, np.ones_like(liking)], axis=1).astype(np.float32)


class TinyKind:
    name, title, measure, rates = "tiny", "Tiny", "none", ("train.learning_rate",)
    summary = "One number per movie."
    config = TinyRunConfig
    rankings = ("liking",)
    variants = {"tiny": Variant("Tiny", "the tests", "liking", usual=True)}
    studies: Mapping[str, SettingStudy] = {}

    def title_of(self, config):
        return self.title

    def settle(self, graph, config):
        return config

    def train(self, context, config, saved):
        phases = Phases(context, saved)
        network = Tiny(context.dataset.num_entities)
        if saved:
            network.load_state_dict(saved.weights)
        trainer = Trainer(network, config.train, context.device)
        trainer.records = [EpochRecord(**each) for each in phases.history.get("only", [])]
        phases.resume("only", trainer)

        def after_epoch(record):
            phases.history["only"] = [asdict(each) for each in trainer.records]
            phases.save("only", network, trainer)
            if context.report:
                context.report(record.epoch, -record.loss)

        trainer.fit(config.train.epochs, _stream(context.histories.movies), None, after_epoch)
        return phases.done(network, trainer.epoch, None)

    def load(self, context, config, state, ranking=None):
        network = Tiny(**state.sizes)
        network.load_state_dict(state.weights)
        return TinyRecommender(context, network)


def _stream(movies):
    from contextlib import nullcontext

    return lambda _epoch: nullcontext(iter([movies]))
