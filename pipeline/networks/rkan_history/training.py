"""The phases of an RKAN-history run, saved after each epoch so that it can go on where it was.

1. "encoder": the history encoder learns from the early part of each user's training history.
2. "paths": it proposes candidates from there; what the user watched in the rest gives the labels,
   and the network learns to rank the candidates by their paths. Derived relationships are of the
   early part too, so nothing knows what it is asked. Some users' lists validate.
3. "everything": the encoder goes on with all of the training histories. What ranks paths stays.
"""

from __future__ import annotations

import copy
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch

from model.checkpoint import Checkpoint, save_checkpoint
from model.rkan_history.batches import collate_lists
from model.rkan_history.encoder_training import HistoryTrainer
from model.rkan_history.network import RKANHistory
from model.training.trainer import EpochRecord, Trainer
from pipeline.config import HistoryRunConfig
from pipeline.content.catalogue import read_catalogue
from pipeline.content.dataset import Dataset
from pipeline.content.histories import Histories, read_histories
from pipeline.enrichment.enrich import enrich
from pipeline.errors import GraphContentError
from pipeline.graph import Graph
from pipeline.networks.epoch_log import LIKELIHOOD, epoch_line
from pipeline.networks.rkan_history.candidates import Candidates
from pipeline.networks.rkan_history.spool import Spool
from pipeline.paths.links import RELATIONS, compute_weights, movie_links
from pipeline.paths.weighted import FEATURES, LINEAR, derived_types
from pipeline.progress import progress_bar, say
from pipeline.ranking.lists import Integers
from pipeline.runs.checkpoints import UNFINISHED, finish

ENCODER, PATHS, EVERYTHING, DONE = "encoder", "paths", "everything", "done"
_PHASE_SEEDS = {ENCODER: 1, PATHS: 2, EVERYTHING: 3}


class HistoryTrainingRun:
    """One run; its folder is named after it.

    ``saved`` is the checkpoint of the interrupted run to go on with. ``histories`` is what it
    trains on, all of the graph's by default; what it lacks is nowhere in the run. ``on_epoch``,
    which may be set, is called with the phase and number of each saved epoch.
    """

    def __init__(
        self,
        graph: Graph,
        config: HistoryRunConfig,
        dataset: Dataset,
        folder: Path,
        device: torch.device,
        saved: Checkpoint | None,
        histories: Histories | None = None,
    ) -> None:
        self.graph, self.config, self.dataset = graph, config, dataset
        self.folder, self.device, self.saved = folder, device, saved
        self.history: dict[str, list[dict[str, Any]]] = saved.history if saved else {}
        self._all = histories is None
        if histories is None:
            histories = read_histories(graph, with_ratings=True)
        self.histories = histories
        self.catalogue = read_catalogue(graph)
        self.attributes = movie_links(self.catalogue, {})
        self.network = self._network()
        self.on_epoch: Callable[[str, int], None] = lambda _phase, _epoch: None

    def train(self) -> Checkpoint:
        """All phases, or what is left of them; the finished checkpoint, as it was written."""
        early, late = self.histories.split(self.config.train.label_fraction)
        if not ((early.sizes > 0) & (late.sizes > 0)).any():
            raise GraphContentError("no history is long enough to learn from its end")
        reached = self.saved.phase if self.saved else ENCODER
        self.network.to(self.device)
        if reached == ENCODER:
            self._train_encoder(ENCODER, early, self.config.history.epochs)
        if reached in (ENCODER, PATHS):
            self._train_paths(early, late)
        self._train_encoder(EVERYTHING, self.histories, self.config.history.refit_epochs)
        if self._all and derived_types(self.config.paths):
            enrich(self.graph, self.histories, self.config.enrich)
        done = self._checkpoint(DONE, self._best_epoch(), {}, {})
        finish(self.folder, done)
        return done

    def _network(self) -> RKANHistory:
        if self.saved and isinstance(self.saved.network, RKANHistory):
            return self.saved.network
        network = RKANHistory(
            self.config.model,
            self.config.history,
            num_movies=len(self.attributes.movies),
            num_attributes=len(self.attributes.attribute_entities),
            num_relations=len(RELATIONS),
            num_features=FEATURES,
            num_linear=LINEAR,
        )
        seed = self.config.train.seed * 3 + _PHASE_SEEDS[PATHS]
        network.reset_parameters(torch.Generator().manual_seed(seed))
        matrix = self.attributes.attributes.tocoo()
        network.history.set_attributes(np.column_stack([matrix.row, matrix.col]).astype(np.int64))
        return network

    def _train_encoder(self, phase: str, histories: Histories, epochs: int) -> None:
        """Train it on these histories, in ``everything`` from the weights that it has."""
        encoder = self.network.history
        weights = copy.deepcopy(encoder.state_dict())
        trainer = HistoryTrainer(
            encoder,
            histories.offsets,
            self.attributes.rows(histories.movies),
            seed=self.config.train.seed * 3 + _PHASE_SEEDS[phase],
            epochs=epochs,
        )
        saved = self.saved if self.saved and self.saved.phase == phase else None
        if saved or phase == EVERYTHING:
            encoder.load_state_dict(weights)
        if saved and saved.optimiser:
            trainer.load_state_dict(saved.optimiser)
        users = int((histories.sizes > 1).sum())
        records = self.history.setdefault(phase, [])
        with progress_bar(f"{phase}, histories", epochs * users) as advance:
            advance(trainer.epoch * users)
            while trainer.epoch < epochs:
                loss = trainer.run_epoch(advance)
                records.append({"epoch": trainer.epoch, "loss": loss})
                self._save(phase, trainer.epoch, trainer.state_dict())
        if records:
            say(f"{phase}: {epochs} epochs, loss {records[-1]['loss']:.4f}")

    def _train_paths(self, early: Histories, late: Histories) -> None:
        settings = self.config.train
        trainer = Trainer(self.network, settings, self.device)
        trainer.records = [EpochRecord(**each) for each in self.history.get(PATHS, [])]
        if self.saved and self.saved.phase == PATHS and self.saved.optimiser:
            trainer.load_state_dict(self.saved.optimiser)
            trainer.best = self.saved.best
        rows = np.flatnonzero((early.sizes > 0) & (late.sizes > 0)).astype(np.int64)
        order = np.random.default_rng((settings.seed, _PHASE_SEEDS[PATHS])).permutation(rows)
        validating = order[: round(len(order) * settings.validation_users)]
        learning = order[len(validating) :]
        candidates = self._candidates(early)
        with tempfile.TemporaryDirectory(dir=self._existing()) as temporary:
            lists, checks = (
                self._spooled(candidates, part, late, Path(temporary) / name)
                for part, name in ((learning, "lists"), (validating, "validation"))
            )
            with progress_bar("paths, lists", settings.epochs * len(learning)) as advance:
                advance(trainer.epoch * len(learning))
                trainer.fit(
                    settings.epochs,
                    lists.stream,
                    (lambda: self._validate(checks)) if len(validating) else None,
                    lambda record: self._after_epoch(trainer, record),
                    advance,
                )
        if trainer.best:
            self.network.load_state_dict(trainer.best)

    def _candidates(self, histories: Histories) -> Candidates:
        """Of these histories alone, over derived relationships that are computed from them."""
        weights = compute_weights(histories, self.config.enrich, derived_types(self.config.paths))
        links = movie_links(self.catalogue, weights)
        return Candidates(self.network, histories, links, self.config.paths)

    def _spooled(
        self, candidates: Candidates, rows: Integers, late: Histories, folder: Path
    ) -> Spool:
        spool = Spool(folder)
        with progress_bar("paths of candidates, users", len(rows)) as advance:
            for chunk in candidates.lists(rows, future=late):
                spool.add(chunk)
                advance(len(chunk.users))
        return spool

    @torch.inference_mode()
    def _validate(self, lists: Spool) -> float:
        """Minus the loss of the validating users' lists, the mean over the users.

        It judges the whole order; mrr_sum@10 of so few users changes more by chance than by an
        epoch, and stopped some runs after the first.
        """
        self.network.eval()
        total, users = 0.0, 0
        with lists.stream(0) as chunks:
            for chunk in chunks:
                batch = collate_lists(chunk, self.device)
                total += float(self.network.ranking_loss(batch)) * batch.examples
                users += batch.examples
        return -total / max(users, 1)

    def _after_epoch(self, trainer: Trainer, record: EpochRecord) -> None:
        self.history[PATHS] = [asdict(each) for each in trainer.records]
        self._save(PATHS, trainer.epoch, trainer.state_dict(), trainer.best)
        say(epoch_line(PATHS, record, self.config.train.epochs, "candidates", LIKELIHOOD))

    def _best_epoch(self) -> int:
        scores = {
            each["epoch"]: each["validation"]
            for each in self.history[PATHS]
            if each["epoch"] and each["validation"] is not None
        }
        last = max((each["epoch"] for each in self.history[PATHS]), default=0)
        return max(scores, key=scores.__getitem__) if scores else last

    def _existing(self) -> Path:
        self.folder.mkdir(parents=True, exist_ok=True)
        return self.folder

    def _save(
        self,
        phase: str,
        epoch: int,
        optimiser: dict[str, Any],
        best: dict[str, torch.Tensor] | None = None,
    ) -> None:
        checkpoint = self._checkpoint(phase, epoch, optimiser, best or {})
        save_checkpoint(self.folder / UNFINISHED, checkpoint)
        self.on_epoch(phase, epoch)

    def _checkpoint(
        self,
        phase: str,
        epoch: int,
        optimiser: dict[str, Any],
        best: dict[str, torch.Tensor],
    ) -> Checkpoint:
        return Checkpoint(
            run_id=self.folder.name,
            config=asdict(self.config),
            data_hash=self.dataset.data_hash,
            dataset=self.dataset.name,
            num_entities=self.dataset.num_entities,
            network=self.network,
            phase=phase,
            epoch=epoch,
            seed=self.config.train.seed,
            optimiser=optimiser,
            best=best,
            history=self.history,
        )
