"""The types of the numbers that identify users, movies and entities.

A user has a userId, as in the source. Every entity has an entityId, dense from 0, which is its row
in an embedding table. Arrays hold users in rows of their own. All are integers, so only the type
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
