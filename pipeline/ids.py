"""The kinds of numbers that name users, movies and entities, so that none is taken for another.

A user has a userId, as in the source; every entity has an entityId, dense from 0, the row of an
embedding table; and arrays hold users in rows of their own. All are whole numbers, so only the type
tells them apart.
"""

from __future__ import annotations

from typing import NewType

from model.arrays import Integers

UserId = NewType("UserId", int)
MovieId = NewType("MovieId", int)
EntityId = NewType("EntityId", int)

UserIds = NewType("UserIds", Integers)
EntityIds = NewType("EntityIds", Integers)
UserRows = NewType("UserRows", Integers)  # rows of Histories
MovieRows = NewType("MovieRows", Integers)  # rows of MovieLinks
