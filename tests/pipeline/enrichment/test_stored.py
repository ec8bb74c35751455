"""The fingerprint of the derived relationships."""

from typing import Any, cast

from pipeline.content.dataset import Dataset
from pipeline.enrichment.config import EnrichConfig
from pipeline.enrichment.stored import fingerprint
from tests.support.small_histories import histories


class _Dataset:
    data_hash = "some"


def found(**settings: Any) -> str:
    watched = histories([10, 11], [11, 12], [], [10, 12, 11])
    return fingerprint(cast(Dataset, _Dataset()), watched, EnrichConfig(**settings))


def test_the_number_of_users_to_draw_counts_only_where_some_are_left_out():
    assert found() == found(alike_users=3) == found(alike_users=1_000)
    assert found(alike_users=2) != found()
    assert found(alike_users=1) != found(alike_users=2)
    assert found(alike_steps=3) != found()
