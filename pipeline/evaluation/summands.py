"""The shares of taste, popularity and paths in scores that are sums of them."""

from __future__ import annotations

from dataclasses import dataclass, field

from pipeline.evaluation.stored_paths import Stored


@dataclass(frozen=True)
class Summands:
    """The summands of the scores of a run; shares are those of the sum of absolute values.

    Attributes:
        path_share: mean share of the paths in the absolute score.
        shares: mean share of each summand, by name: taste, popularity and the kinds of paths.
        shown_share: mean share of the stored paths.
        negative: share of recommendations whose paths count against them.
        largest_gap: greatest difference between a score and the sum of its summands.
    """

    path_share: float
    shares: dict[str, float]
    shown_share: float
    negative: float
    largest_gap: float


@dataclass
class SummandShares:
    """Sums over the recommendations that were added."""

    recommendations: int = 0
    path_share: float = 0.0
    shown_share: float = 0.0
    shares: dict[str, float] = field(default_factory=dict)
    negative: int = 0
    largest_gap: float = 0.0

    def add(self, stored: Stored) -> None:
        """Add one recommendation; without a ledger it is left out."""
        ledger = stored.ledger
        if ledger is None:
            return
        parts = ledger.parts
        size = sum(map(abs, parts.values())) or 1.0
        self.recommendations += 1
        self.path_share += abs(ledger.from_paths) / size
        self.shown_share += sum(path.weight for path in stored.paths) / size
        for name, part in parts.items():
            self.shares[name] = self.shares.get(name, 0.0) + abs(part) / size
        self.negative += ledger.from_paths < 0
        self.largest_gap = max(self.largest_gap, abs(stored.score - sum(parts.values())))

    def mean(self) -> Summands | None:
        """Return the means over recommendations, None without any."""
        count = self.recommendations
        if not count:
            return None
        return Summands(
            path_share=self.path_share / count,
            shares={name: value / count for name, value in self.shares.items()},
            shown_share=self.shown_share / count,
            negative=self.negative / count,
            largest_gap=self.largest_gap,
        )
