"""Several works at once, none of which is left alone because another fails."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

_Result = TypeVar("_Result")


async def side_by_side(*work: Coroutine[Any, Any, _Result]) -> list[_Result]:
    """Do all of it to its end, and only then raise what the first failure was."""
    ended = await asyncio.gather(*work, return_exceptions=True)
    for one in ended:
        if isinstance(one, BaseException):
            raise one
    return [one for one in ended if not isinstance(one, BaseException)]
