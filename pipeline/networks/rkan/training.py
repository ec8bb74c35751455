"""The phases of one training run, saved after each epoch so that it can go on where it was."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch

from model.checkpoint import Checkpoint, save_checkpoint
from model.rkan.network import RKAN
from model.rkan.pretrain import pretrained_embeddings
from model.training.trainer import EpochRecord, Trainer
from pipeline.config import RunConfig
from pipeline.content.catalogue import read_catalogue
from pipeline.content.dataset import Dataset
from pipeline.content.histories import Histories, read_histories
from pipeline.graph import Graph
from pipeline.networks.epoch_log import RANKING, epoch_line
from pipeline.networks.rkan.pairs import TrainingPairs
from pipeline.networks.rkan.scoring import inner_products
from pipeline.progress import progress_bar, say
from pipeline.ranking.validation import Validator
from pipeline.runs.checkpoints import UNFINISHED, finish

SELECT, REFIT, DONE = "select", "refit", "done"
_PHASE_SEEDS = {SELECT: 1, REFIT: 2}  # so that the phases draw differently


class TrainingRun:
    """One run: its two phases, saved after each epoch.

    Its folder is named after the run. ``saved`` is the checkpoint of the interrupted run to go on
    with. ``histories`` is what it trains on, all of the graph's by default; what it lacks is on no
    path. ``on_epoch``, which may be set, is called with the phase and number of each saved epoch.
    """

    def __init__(
        self,
        graph: Graph,
        config: RunConfig,
        dataset: Dataset,
        folder: Path,
        device: torch.device,
        saved: Checkpoint | None,
        histories: Histories | None = None,
    ) -> None:
        self.graph, self.config, self.dataset = graph, config, dataset
        self.folder, self.device = folder, device
        self.saved = saved
        self.history: dict[str, list[dict[str, Any]]] = saved.history if saved else {}
        self.histories = read_histories(graph) if histories is None else histories
        self.edges = read_catalogue(graph).edges
        self.on_epoch: Callable[[str, int], None] = lambda _phase, _epoch: None

    def train(self) -> Checkpoint:
        """Both phases, or what is left of them; the finished checkpoint, as it was written."""
        settings = self.config.train
        inner, validation = self.histories.split(settings.validation_fraction)
        trainer = None
        epochs = settings.epochs
        if len(validation.movies) and len(inner.movies):
            trainer = self._phase(SELECT, inner, epochs, validation)
            epochs = trainer.best_epoch
        elif settings.validation_fraction:
            say("no history is long enough to validate on; training for all epochs")
        if trainer is None or settings.refit:
            trainer = self._phase(REFIT, self.histories, epochs)
        else:
            trainer.network.load_state_dict(trainer.best)
        done = self._checkpoint(DONE, epochs, trainer)
        done.best = {}
        finish(self.folder, done)
        return done

    def _phase(
        self, phase: str, training: Histories, epochs: int, validation: Histories | None = None
    ) -> Trainer:
        settings = self.config.train
        trainer = self._trainer(phase, training)
        source = TrainingPairs(
            self.graph,
            training,
            self.config.paths,
            num_negs_per_pos=settings.num_negs_per_pos,
            seed=(settings.seed, _PHASE_SEEDS[phase]),
        )

        def after_epoch(record: EpochRecord) -> None:
            self.history[phase] = [asdict(each) for each in trainer.records]
            self._save(phase, trainer)
            say(epoch_line(phase, record, epochs, "pairs", RANKING))
            self.on_epoch(phase, record.epoch)

        if phase not in self.history:  # else what is saved is this far, or a phase further
            self._save(phase, trainer)
        with progress_bar(f"{phase}, pairs", epochs * source.expected) as advance:
            advance(trainer.epoch * source.expected)
            trainer.fit(
                epochs,
                source.stream,
                Validator(inner_products(trainer.network), training, validation)
                if validation
                else None,
                after_epoch,
                advance,
            )
        return trainer

    def _trainer(self, phase: str, training: Histories) -> Trainer:
        """A new trainer, or the saved one where the run was interrupted in this phase."""
        settings = self.config.train
        saved = self.saved if self.saved and self.saved.phase == phase else None
        network = saved.network if saved else self._new_network(phase, training)
        trainer = Trainer(network, settings, self.device)
        trainer.records = [EpochRecord(**each) for each in self.history.get(phase, [])]
        if saved:
            trainer.load_state_dict(saved.optimiser)
            trainer.best = saved.best
        return trainer

    def _new_network(self, phase: str, training: Histories) -> RKAN:
        seed, model = self.config.train.seed, self.config.model
        network = RKAN(model, self.dataset.num_entities)
        network.reset_parameters(torch.Generator().manual_seed(seed * 2 + _PHASE_SEEDS[phase]))
        if self.config.pretrain.method == "svd":
            sizes = training.sizes
            users = np.repeat(training.user_entities, sizes)
            ages = np.repeat(training.offsets[1:], sizes) - 1 - np.arange(len(users))
            vectors = pretrained_embeddings(
                self.config.pretrain,
                torch.from_numpy(np.column_stack([users, training.movies]).astype(np.int64)),
                torch.from_numpy(ages),
                torch.from_numpy(self.edges),
                num_entities=self.dataset.num_entities,
                embedding_dim=model.embedding_dim,
                seed=seed,
            )
            with torch.no_grad():
                network.embedding.weight.copy_(vectors)
        return network

    def _save(self, phase: str, trainer: Trainer) -> None:
        save_checkpoint(self.folder / UNFINISHED, self._checkpoint(phase, trainer.epoch, trainer))

    def _checkpoint(self, phase: str, epoch: int, trainer: Trainer) -> Checkpoint:
        return Checkpoint(
            run_id=self.folder.name,
            config=asdict(self.config),
            data_hash=self.dataset.data_hash,
            dataset=self.dataset.name,
            num_entities=self.dataset.num_entities,
            network=trainer.network,
            phase=phase,
            epoch=epoch,
            seed=self.config.train.seed,
            optimiser=trainer.state_dict(),
            best=trainer.best,
            history=self.history,
        )
