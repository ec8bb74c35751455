"""The state of a run in its phases: saved after every epoch, and resumed."""

from __future__ import annotations

from typing import Any, Protocol

from model.checkpoint import TrainingState, Weights, on_cpu
from model.training.interface import EpochTrainer
from pipeline.networks.interface import RunContext

DONE = "done"  # the phase of a finished run


class Sized(Protocol):
    """A network that stores the arguments that rebuild it."""

    sizes: dict[str, int]

    def state_dict(self) -> Weights: ...  # noqa: D102
    def load_state_dict(self, state_dict: Weights) -> Any: ...  # noqa: D102


class Phases:
    """Keeps a run's history and saves its state.

    Attributes:
        history: the epochs of each phase so far, as plain values.
        derived: as in TrainingState.
    """

    def __init__(
        self, context: RunContext, saved: TrainingState | None, derived: str | None = None
    ) -> None:
        self._context, self._saved, self.derived = context, saved, derived
        self.history: dict[str, list[dict[str, Any]]] = dict(saved.history) if saved else {}

    @property
    def reached(self) -> str | None:
        """The phase in which the run was interrupted; None for a new run."""
        return self._saved.phase if self._saved else None

    def interrupted_in(self, phase: str) -> TrainingState | None:
        """Return the saved state if the run was interrupted in this phase."""
        return self._saved if self._saved and self._saved.phase == phase else None

    def resume(self, phase: str, trainer: EpochTrainer) -> bool:
        """Load the saved state of this phase into ``trainer``; return False if there is none."""
        saved = self.interrupted_in(phase)
        if saved is None or not saved.trainer:
            return False
        trainer.load_state_dict(saved.trainer)
        return True

    def save(
        self, phase: str, network: Sized, trainer: EpochTrainer, best: Weights | None = None
    ) -> None:
        """Save the state after an epoch, so that the run can be resumed from here.

        It is written before this returns, so the weights need not be copied.
        """
        self._context.save(
            TrainingState(
                phase=phase,
                epoch=trainer.epoch,
                weights={name: each.detach().cpu() for name, each in network.state_dict().items()},
                sizes=network.sizes,
                trainer=trainer.state_dict(),
                best=best or {},
                history=self.history,
                derived=self.derived,
            )
        )

    def done(self, network: Sized, epoch: int, validation: float | None) -> TrainingState:
        """Return the state of the finished run."""
        return TrainingState(
            phase=DONE,
            epoch=epoch,
            weights=on_cpu(network.state_dict()),
            sizes=network.sizes,
            history=self.history,
            validation=validation,
            derived=self.derived,
        )
