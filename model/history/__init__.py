"""The history encoder: a user's movies in, scores of all movies out, no vector per user."""

from model.history.encoder import PADDING, HistoryEncoder
from model.history.training import DivergedError, HistoryTrainer, fit_history

__all__ = ["PADDING", "DivergedError", "HistoryEncoder", "HistoryTrainer", "fit_history"]
