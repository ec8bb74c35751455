"""The people behind claims, by hand."""

from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pipeline.evaluation.stored_paths import StoredPath
from pipeline.evaluation.support import Claims, Support, summarised
from tests.support.narrowing import present
from tests.support.stored import ACTOR, GENRE, NEXT, SIMILAR, USERS, catalogue, stored

CHAIN = StoredPath((0, 2, 7, 4, 5, 3), "ACTED_IN", 0.1)


def test_derived_paths_are_claims_and_all_users_of_a_recommendation_are_one():
    claims = Claims()
    claims.add(stored(NEXT, SIMILAR, GENRE, CHAIN), catalogue())
    claims.add(stored(NEXT), catalogue())
    claims.add(stored(USERS, ACTOR, StoredPath((0, 1, 7, 4), "RATED", 0.2)), catalogue())
    assert claims.derived == {(1, 3, "WATCHED_NEXT"): 2, (2, 3, "SIMILAR"): 1}
    assert claims.groups == {1: 1}


def test_quantiles_by_hand():
    times = Counter({1: 1, 2: 3, 5: 96})
    assert summarised(times, 4) == Support(claims=100, median=5, low=5, worst=1, missing=4)
    times = Counter({1: 1, 2: 5, 5: 94})
    assert present(summarised(times)).low == 2
    assert summarised(Counter()) is None
    assert summarised(Counter({3: 0})) is None


@given(st.dictionaries(st.integers(1, 50), st.integers(1, 20), min_size=1))
def test_nineteen_of_twenty_claims_have_at_least_as_many_people(times):
    found = present(summarised(Counter(times)))
    people = np.array(list(Counter(times).elements()))
    assert (people >= found.low).mean() >= 0.95
    assert found.worst == people.min() <= found.low <= found.median
    assert found.claims == len(people)
