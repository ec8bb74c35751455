"""The registry of networks, one line each."""

from __future__ import annotations

from pipeline.networks.interface import NetworkKind
from pipeline.networks.rkan.kind import RKANKind
from pipeline.networks.rkan_history.kind import RKANHistoryKind

_KINDS: tuple[NetworkKind, ...] = (
    RKANHistoryKind(),  # the first is the default
    RKANKind(),
)

NETWORKS: dict[str, NetworkKind] = {kind.name: kind for kind in _KINDS}
DEFAULT_NETWORK = _KINDS[0].name
