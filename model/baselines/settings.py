"""The ranges that settings of several baselines share."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

Dimension = Annotated[int, Field(ge=1, le=4096)]
Length = Annotated[int, Field(ge=1, le=10_000)]  # of a part of a history
Steps = Annotated[int, Field(ge=1, le=100)]  # of a walk
Epochs = Annotated[int, Field(ge=1, le=100_000)]
BatchSize = Annotated[int, Field(ge=1, le=2**20)]
NegativesPerPositive = Annotated[int, Field(ge=1, le=1000)]
