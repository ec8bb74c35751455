"""Trains RKAN-history in four phases.

1. "encoder": the history encoder learns from the early part of each user's training history.
2. "paths": the encoder proposes candidates from the early part, and the rest gives their labels.
   The network learns to rank the candidates by their paths. The weights of derived relationships
   come from the early part too, so labels do not leak into the paths. Some users' lists are for
   validation.
3. "sequences": the LSTM and the attention learn to correct the evidence of the paths. They are kept
   if the validation score is better with them.
4. "everything": the encoder continues on all of the training histories. The rest is unchanged.
"""

from __future__ import annotations

import copy
import math
from dataclasses import asdict
from typing import Any

import numpy as np
import torch

from model.checkpoint import TrainingState
from model.rkan_history.batches import collate_lists
from model.rkan_history.candidate_lists import CandidateLists, ListBatch
from model.rkan_history.config import ListTrainConfig
from model.rkan_history.encoder_training import HistoryTrainer
from model.rkan_history.network import RKANHistory
from model.training.processes import first_alone, own, summed
from model.training.trainer import EpochRecord, Trainer
from pipeline.content.histories import Histories
from pipeline.enrichment.early import early_and_late
from pipeline.enrichment.stored import check_unchanged
from pipeline.errors import GraphContentError
from pipeline.ids import UserRows
from pipeline.networks.epoch_log import epoch_line
from pipeline.networks.interface import RunContext
from pipeline.networks.phases import Phases
from pipeline.networks.rkan_history.candidates import Candidates
from pipeline.networks.rkan_history.config import MEASURE, HistoryRunConfig
from pipeline.networks.rkan_history.derived import paths_of, prepare
from pipeline.networks.rkan_history.spool import Spool
from pipeline.paths.kinds import kinds_of_relations, number_of_kinds
from pipeline.paths.movies import MovieTable, movie_table
from pipeline.progress import progress_bar, say
from pipeline.ranking.validation import Validator

ENCODER, PATHS, SEQUENCES, EVERYTHING = "encoder", "paths", "sequences", "everything"
_PHASES = (ENCODER, PATHS, SEQUENCES, EVERYTHING)
_PHASE_SEEDS = {ENCODER: 1, PATHS: 2, EVERYTHING: 3}


def new_network(config: HistoryRunConfig, movies: MovieTable) -> RKANHistory:
    """Return an untrained network for these movies and attributes."""
    network = RKANHistory(
        config.model,
        config.history,
        num_movies=len(movies.ids),
        num_attributes=len(movies.attributes),
        num_relations=len(kinds_of_relations(movies.schema)),
        num_kinds=number_of_kinds(movies.schema),
    )
    seed = config.train.seed * 3 + _PHASE_SEEDS[PATHS]
    network.reset_parameters(torch.Generator().manual_seed(seed))
    network.history.set_attributes(movies.edges)
    return network


class HistoryTraining:
    """One run, new or resumed; ratings outside the context's histories are not used.

    Attributes:
        network: the network that is trained.
    """

    def __init__(
        self, context: RunContext, config: HistoryRunConfig, saved: TrainingState | None
    ) -> None:
        self.context, self.config, self._saved = context, config, saved
        self._movies = movie_table(context.catalogue)
        self.network = new_network(config, self._movies)
        if saved:
            self.network.load_state_dict(saved.weights)

    def run(self) -> TrainingState:
        """Run all phases, or the rest of them.

        Raises:
            GraphContentError: no history is long enough to split into an early and a late part.
        """
        histories = self.context.histories
        whole_early, late = histories.split(self.config.enrich.label_fraction)
        early, _ = early_and_late(histories, self.config.enrich)
        if not ((early.sizes > 0) & (late.sizes > 0)).any():
            raise GraphContentError(
                "no history is long enough to split into an early and a late part; "
                "raise enrich.label_fraction, or load longer histories"
            )
        with first_alone():  # the others find its relationships in the graph
            derived = prepare(self.context, self.config)
        self._phases = Phases(self.context, self._saved, derived)
        reached = _PHASES.index(self._phases.reached or ENCODER)
        self.network.to(self.context.device)
        if reached <= _PHASES.index(ENCODER):
            self._train_encoder(ENCODER, whole_early, self.config.history.epochs, late)
        if reached <= _PHASES.index(SEQUENCES):
            learned = _PHASES.index(SEQUENCES) == reached
            self._train_paths(early, late, whole_early, from_sequences=learned)
        self._train_encoder(EVERYTHING, histories, self.config.history.refit_epochs)
        epoch, validation = self._best_epoch()
        return self._phases.done(self.network, epoch, validation)

    def _train_encoder(
        self, phase: str, histories: Histories, epochs: int, late: Histories | None = None
    ) -> None:
        """Train the encoder on these histories; in "everything", from its current weights."""
        trainer = self._encoder_trainer(phase, histories, epochs)
        users = int((histories.sizes > 1).sum())
        records = self._phases.history.setdefault(phase, [])
        with progress_bar(f"{phase}, histories", epochs * users) as advance:
            advance(trainer.epoch * users)
            while trainer.epoch < epochs:
                loss = trainer.run_epoch(advance)
                records.append({"epoch": trainer.epoch, "loss": loss})
                self._phases.save(phase, self.network, trainer)
                if late is not None:
                    self._report_encoder(trainer.epoch, histories, late)
        if records:
            say(f"{phase}: {epochs} epochs, loss {records[-1]['loss']:.4f}")

    def _encoder_trainer(self, phase: str, histories: Histories, epochs: int) -> HistoryTrainer:
        """Return the trainer of a phase, new or resumed."""
        encoder = self.network.history
        weights = copy.deepcopy(encoder.state_dict())
        trainer = HistoryTrainer(
            encoder,
            histories.offsets,
            self._movies.rows(histories.movies),
            seed=self.config.train.seed * 3 + _PHASE_SEEDS[phase],
            epochs=epochs,
        )
        if self._phases.resume(phase, trainer) or phase == EVERYTHING:
            encoder.load_state_dict(weights)
        return trainer

    def _report_encoder(self, epoch: int, early: Histories, late: Histories) -> None:
        """Report the encoder's validation score, half-way through its first phase and at its end.

        The encoder is trained on the early part of the histories, so the late part can validate it.
        Trials are compared at the same share of the phase, not at the same epoch, since the
        learning rate falls until its end.
        """
        epochs = self.config.history.epochs
        steps = {math.ceil(epochs / 2): 1, epochs: 2}
        if self.context.report and epoch in steps:
            candidates = Candidates(self.network, early, self._movies, self.config.paths)
            score = Validator(candidates.proposal_scores, early, late)()
            self.context.report(steps[epoch], score)

    def _train_paths(
        self, early: Histories, late: Histories, known: Histories, *, from_sequences: bool
    ) -> None:
        """Spool the lists of users with labels, then train in one phase or two.

        All lists have the same number of candidates here.
        """
        settings = self.config.train
        rows = np.flatnonzero((early.sizes > 0) & (late.sizes > 0)).astype(np.int64)
        order = np.random.default_rng((settings.seed, _PHASE_SEEDS[PATHS])).permutation(rows)
        order = order[: settings.max_users]
        validating = UserRows(order[: round(len(order) * settings.validation_users)])
        learning = UserRows(order[len(validating) :])
        source = paths_of(self.context.graph, self.config, known, early=True)
        paths = self.config.paths.changed({"candidates_of_new": 1})  # longer lists teach less
        candidates = Candidates(self.network, early, self._movies, paths, source, known)
        with Spool(self.context.folder) as lists, Spool(self.context.folder) as checks:
            _fill(lists, candidates, UserRows(own(learning)), late)
            _fill(checks, candidates, UserRows(own(validating)), late)
            check_unchanged(self.context.graph, self._phases.derived, "run this command again")
            if not from_sequences:
                self._fit(PATHS, settings.epochs, lists, checks)
            if self.config.model.sequences and settings.sequence_epochs and len(validating):
                self._fit(SEQUENCES, settings.sequence_epochs, lists, checks)

    def _fit(self, phase: str, epochs: int, lists: Spool, checks: Spool) -> None:
        """Train one part of the network, and end with its best weights."""
        settings, phases = self.config.train, self._phases
        self.network.learns_sequences = phase == SEQUENCES
        trainer: Trainer[CandidateLists, ListBatch, ListTrainConfig] = Trainer(
            self.network, settings, self.context.device, start_counts=phase == SEQUENCES
        )
        trainer.records = [EpochRecord(**each) for each in phases.history.get(phase, [])]
        saved = phases.interrupted_in(phase)
        if saved and phases.resume(phase, trainer):
            trainer.best = saved.best

        def after_epoch(record: EpochRecord) -> None:
            phases.history[phase] = [asdict(each) for each in trainer.records]
            phases.save(phase, self.network, trainer, trainer.best)
            say(epoch_line(phase, record, epochs, "candidates", MEASURE))

        users = int(summed(lists.users)[0])
        with progress_bar(f"{phase}, lists", epochs * users) as advance:
            advance(trainer.epoch * users)
            trainer.fit(
                epochs,
                lists.stream,
                (lambda: self._validate(checks)) if summed(checks.users)[0] else None,
                after_epoch,
                advance,
            )
        if trainer.best:
            self.network.load_state_dict(trainer.best)
        self.network.learns_sequences = False

    @torch.inference_mode()
    def _validate(self, lists: Spool) -> float:
        """Return minus the mean loss of the validation users' lists.

        The loss judges the whole order. mrr_sum@10 of so few users changes more by chance than from
        epoch to epoch, and stopped some runs after the first.
        """
        self.network.eval()
        total, users = 0.0, 0.0
        with lists.stream(0) as chunks:
            for chunk in chunks:
                batch = collate_lists(chunk, self.context.device)
                total += float(self.network.ranking_loss(batch)) * batch.examples
                users += batch.examples
        total, users = summed(total, users)
        return -total / max(users, 1)

    def _best_epoch(self) -> tuple[int, float | None]:
        """Return the number of epochs over the lists, and the validation score of the end."""
        records = self._phases.history[PATHS]
        best, score = _best(records, first=1)
        sequences = self._phases.history.get(SEQUENCES, [])
        if sequences:
            more, score = _best(sequences, first=0)
            best += more
        return best, score


def _best(records: list[dict[str, Any]], first: int) -> tuple[int, float | None]:
    """Return the epoch from ``first`` on with the best validation score, and this score."""
    scores = {
        each["epoch"]: each["validation"]
        for each in records
        if each["epoch"] >= first and each["validation"] is not None
    }
    last = max((each["epoch"] for each in records), default=0)
    best = max(scores, key=scores.__getitem__) if scores else last
    return best, scores.get(best)


def _fill(spool: Spool, candidates: Candidates, rows: UserRows, late: Histories) -> None:
    with progress_bar("paths of candidates, users", len(rows)) as advance:
        for chunk in candidates.lists(rows, future=late):
            spool.add(chunk)
            advance(len(chunk.users))
