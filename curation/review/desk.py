"""A thread with a connection of its own to the catalog, which answers one question after the other."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Concatenate, Generic, ParamSpec, Self, TypeVar

from housegan.catalog import Catalog

Told = TypeVar("Told")
Asked = ParamSpec("Asked")
Subject = TypeVar("Subject")


class Desk(Generic[Subject]):
    """Asks its subject, made of an open catalog, in one thread: connections of SQLite don't change threads.

    Use it as a context manager.
    """

    def __init__(self, name: str, make: Callable[[Catalog], Subject]) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=f"catalog of {name}")
        try:
            self._catalog = self._thread.submit(Catalog.existing, name).result()
            self.subject = self._thread.submit(make, self._catalog).result()
        except BaseException:
            self._thread.shutdown()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._thread.submit(self._catalog.__exit__, None, None, None).result()
        self._thread.shutdown()

    def ask(
        self, question: Callable[Concatenate[Subject, Asked], Told], *values: Asked.args, **named: Asked.kwargs
    ) -> Told:
        """Put a question and wait for the answer."""
        return self._thread.submit(question, self.subject, *values, **named).result()

    async def answer(
        self, question: Callable[Concatenate[Subject, Asked], Told], *values: Asked.args, **named: Asked.kwargs
    ) -> Told:
        """Put a question, and let others go on meanwhile."""
        return await asyncio.wrap_future(self._thread.submit(question, self.subject, *values, **named))
