"""Trains RKAN in two phases.

"select" trains on the first part of each user's training history and validates on the rest, to find
the best number of epochs. "refit" trains anew on all of it. HELD_OUT is never read.
"""

from __future__ import annotations

from dataclasses import asdict

import numpy as np
import torch

from model.checkpoint import TrainingState
from model.rkan.config import TrainConfig
from model.rkan.network import RKAN
from model.rkan.pair_paths import PairPaths, PathBatch
from model.rkan.pretrain import pretrained_embeddings
from model.training.trainer import EpochRecord, Trainer
from pipeline.content.histories import Histories
from pipeline.networks.epoch_log import epoch_line
from pipeline.networks.interface import RunContext
from pipeline.networks.phases import Phases
from pipeline.networks.rkan.config import MEASURE, RKANRunConfig
from pipeline.networks.rkan.pairs import TrainingPairs
from pipeline.networks.rkan.scoring import inner_products
from pipeline.progress import progress_bar, say
from pipeline.ranking.validation import Validator

SELECT, REFIT = "select", "refit"
_PHASE_SEEDS = {SELECT: 1, REFIT: 2}  # so that the phases draw differently

RKANTrainer = Trainer[PairPaths, PathBatch, TrainConfig]


class RKANTraining:
    """One run, new or resumed; ratings outside the context's histories are on no path."""

    def __init__(
        self, context: RunContext, config: RKANRunConfig, saved: TrainingState | None
    ) -> None:
        self.context, self.config = context, config
        self.phases = Phases(context, saved)

    def run(self) -> TrainingState:
        """Run both phases, or the rest of them."""
        settings, histories = self.config.train, self.context.histories
        inner, validation = histories.split(settings.validation_fraction)
        network, trainer = None, None
        epochs, score = settings.epochs, None
        if len(validation.movies) and len(inner.movies):
            network, trainer = self._phase(SELECT, inner, epochs, validation)
            epochs = trainer.best_epoch
            score = next(r.validation for r in trainer.records if r.epoch == epochs)
        elif settings.validation_fraction:
            say("no history is long enough for validation; training for all epochs")
        if network is None or trainer is None or settings.refit:
            network, trainer = self._phase(REFIT, histories, epochs)
        if trainer.best:
            network.load_state_dict(trainer.best)
        return self.phases.done(network, epochs, score)

    def _phase(
        self, phase: str, training: Histories, epochs: int, validation: Histories | None = None
    ) -> tuple[RKAN, RKANTrainer]:
        settings, context = self.config.train, self.context
        saved = self.phases.interrupted_in(phase)
        network = self._network(phase, training, saved)
        trainer: RKANTrainer = Trainer(network, settings, context.device)
        trainer.records = [EpochRecord(**each) for each in self.phases.history.get(phase, [])]
        if saved:
            self.phases.resume(phase, trainer)
            trainer.best = saved.best
        source = TrainingPairs(
            context.graph,
            training,
            self.config.paths,
            num_negs_per_pos=settings.num_negs_per_pos,
            seed=(settings.seed, _PHASE_SEEDS[phase]),
        )

        def after_epoch(record: EpochRecord) -> None:
            self.phases.history[phase] = [asdict(each) for each in trainer.records]
            self.phases.save(phase, network, trainer, trainer.best)
            say(epoch_line(phase, record, epochs, "pairs", MEASURE))
            if context.report and record.validation is not None:
                context.report(record.epoch, record.validation)

        if phase not in self.phases.history:  # otherwise the saved state is of this phase or later
            self.phases.save(phase, network, trainer)
        validator = Validator(inner_products(network), training, validation) if validation else None
        with progress_bar(f"{phase}, pairs", epochs * source.expected) as advance:
            advance(trainer.epoch * source.expected)
            trainer.fit(epochs, source.stream, validator, after_epoch, advance)
        return network, trainer

    def _network(self, phase: str, training: Histories, saved: TrainingState | None) -> RKAN:
        """Return a new network, or the saved one if the run was interrupted in this phase."""
        seed, model = self.config.train.seed, self.config.model
        network = RKAN(model, self.context.dataset.num_entities)
        if saved:
            network.load_state_dict(saved.weights)
            return network
        network.reset_parameters(torch.Generator().manual_seed(seed * 2 + _PHASE_SEEDS[phase]))
        if self.config.pretrain.method == "svd":
            sizes = training.sizes
            users = np.repeat(training.user_entities, sizes)
            ages = np.repeat(training.offsets[1:], sizes) - 1 - np.arange(len(users))
            vectors = pretrained_embeddings(
                self.config.pretrain,
                torch.from_numpy(np.column_stack([users, training.movies]).astype(np.int64)),
                torch.from_numpy(ages),
                torch.from_numpy(self.context.catalogue.edges),
                num_entities=self.context.dataset.num_entities,
                embedding_dim=model.embedding_dim,
                seed=seed,
            )
            with torch.no_grad():
                network.embedding.weight.copy_(vectors)
        return network
