"""The booth from any Python program: ``Booth(url, token).enhance("photo.jpg")``.

Needs httpx and nothing of the booth, so that this one file may be taken along. Calls that are
told to come later (503, 429) do so, as ``Retry-After`` says; a photo is submitted under one
``Idempotency-Key`` however often the call is tried, so that it is worked on once.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

# The longest that one call waits at the server.
WAIT_S = 30.0
_BARE = {"Content-Type": "application/octet-stream"}
_COME_LATER = frozenset({429, 503})
Progress = Callable[["Task"], None]


class BoothProblem(Exception):
    """A call was refused, or a photo has no result.

    Args:
        status: HTTP status.
        body: The problem as the server told it.
        retry_after_s: When to try again, if the server said so.
    """

    def __init__(
        self, status: int, body: Mapping[str, Any], retry_after_s: float | None = None
    ) -> None:
        self.status = status
        self.code = str(body.get("code", "INTERNAL_ERROR"))
        self.message = str(body.get("message", ""))
        self.detail = str(body.get("detail", ""))
        self.request_id = str(body.get("request_id", ""))
        self.retry_after_s = retry_after_s
        super().__init__(f"{self.code}: {self.message} (request {self.request_id})")


class Unauthorized(BoothProblem):
    """The token is missing, wrong, or not allowed to do this."""


class BadPhoto(BoothProblem):
    """The photo, or the call, is the reason; trying again changes nothing."""


class BadOption(BadPhoto):
    """An option is unknown or out of range; ``detail`` names it and what it may be."""


class ImageTooLarge(BadPhoto):
    """The picture is larger than this call takes; ``message`` names one that takes it."""


class PhotoRefused(BoothProblem):
    """The booth looked at the photo and made no result of it."""


class FaceNotFound(PhotoRefused):
    """There is no face in the photo."""


class LowQuality(PhotoRefused):
    """The photo is not good enough; ``detail`` says why."""


class NotFound(BoothProblem):
    """There is no such task or job, or its result is gone."""


class Busy(BoothProblem):
    """Too much waits, and went on waiting for as long as we tried."""


class RateLimited(Busy):
    """This token, or this address, called too often, and for as long as we tried."""


class EngineUnavailable(BoothProblem):
    """What the photo needs is not installed there."""


class BoothTimeout(Exception):
    """The task was not over in time; it goes on, and can be waited for again."""

    def __init__(self, task: Task) -> None:
        self.task = task
        super().__init__(f"task {task.id} is {task.state}")


_KINDS: Mapping[int, type[BoothProblem]] = {
    400: BadPhoto, 401: Unauthorized, 403: Unauthorized, 404: NotFound, 410: NotFound,
    413: BadPhoto, 415: BadPhoto, 422: PhotoRefused, 429: Busy, 503: Busy,
    501: EngineUnavailable,
}  # fmt: skip
# Codes with a class of their own; any other has that of its status.
_BY_CODE: Mapping[str, type[BoothProblem]] = {
    "BAD_OPTION": BadOption,
    "ENGINE_UNAVAILABLE": EngineUnavailable,
    "FACE_NOT_FOUND": FaceNotFound,
    "IMAGE_TOO_LARGE": ImageTooLarge,
    "LOW_QUALITY": LowQuality,
    "RATE_LIMITED": RateLimited,
}
# A batch's own states in which nothing more will happen by itself.
_BATCH_OVER = frozenset({"finished", "refused"})


@dataclass(frozen=True, slots=True)
class Task:
    """A submitted photo, as the server told it last.

    Attributes:
        id: For ``wait`` and ``result``.
        state: ``submitted``, ``queued``, ``working`` … ``done``.
        is_over: Nothing more will happen by itself.
        position: Photos before it, while it is queued.
        verdict: ``done``, ``rejected``, ``review`` or ``failed``, once known.
        codes: Why, gravest first.
        facts: All that the server said.
    """

    id: str
    state: str
    is_over: bool
    position: int | None
    verdict: str | None
    codes: tuple[str, ...]
    facts: Mapping[str, Any]

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> Task:
        return cls(
            id=body["task_id"],
            state=body["state"],
            is_over=body["is_over"],
            position=body["position"],
            verdict=body["verdict"],
            codes=tuple(reason["code"] for reason in body["reasons"]),
            facts=body,
        )


class Booth:
    """A booth's API.

    Args:
        url: Where its panel listens: ``http://127.0.0.1:8480``.
        token: As the administrator gave it; none where the booth asks for none.
        retries: How often a call that is told to come later does so.
        transport: Carries the calls, for tests.
        sleep: Waits, for tests.
    """

    def __init__(
        self,
        url: str,
        token: str | None = None,
        *,
        retries: int = 5,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        # Longer than the server waits, so that its answer is heard.
        limits = httpx.Timeout(2 * WAIT_S, connect=10.0)
        self._http = httpx.Client(
            base_url=f"{url.rstrip('/')}/api/v1/",
            headers=headers,
            timeout=limits,
            transport=transport,
        )
        self._retries = retries
        self._sleep = sleep

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the connections back."""
        self._http.close()

    def enhance(
        self,
        photo: Path | str | bytes,
        *,
        timeout_s: float = 300.0,
        progress: Progress | None = None,
        **options: Any,
    ) -> bytes:
        """Restore a photo and wait for the result.

        Args:
            photo: A file, or its bytes.
            timeout_s: The longest to wait.
            progress: Told of the task whenever it was looked at.
            options: Of the route: ``strength=0.5``.

        Returns:
            The picture file.

        Raises:
            BoothProblem: The photo has no result; the class tells what kind of reason it has.
            BoothTimeout: It takes longer.
        """
        task = self._submit("face/enhance/async", photo, options)
        task = self.wait(task, timeout_s=timeout_s, progress=progress)
        return self.result(task)

    def submit(self, photo: Path | str | bytes, **options: Any) -> Task:
        """Put a photo into an inbox (``inbox=``, or ``plan=``) and return at once."""
        return self._submit("jobs", photo, options)

    def task(self, task: Task | str) -> Task:
        """Look at a task."""
        return Task.of(self._call("GET", f"task/{_id(task)}").json())

    def wait(
        self, task: Task | str, *, timeout_s: float = 300.0, progress: Progress | None = None
    ) -> Task:
        """Wait until a task is over.

        Raises:
            BoothTimeout: It takes longer.
        """
        until_s = time.monotonic() + timeout_s
        while True:
            left_s = max(0.0, until_s - time.monotonic())
            began_s = time.monotonic()
            params = {"wait": f"{min(WAIT_S, left_s):.3f}"}
            found = Task.of(self._call("GET", f"task/{_id(task)}", params=params).json())
            if progress is not None:
                progress(found)
            if found.is_over:
                return found
            if time.monotonic() >= until_s:
                raise BoothTimeout(found)
            if time.monotonic() - began_s < 1:
                # Too many wait at the server, which answered at once: not in a hurry again.
                self._sleep(min(1.0, left_s))

    def result(self, task: Task | str) -> bytes:
        """The picture that came out of a task that is over.

        Raises:
            BoothProblem: There is none.
        """
        return self._call("GET", f"task/{_id(task)}/result").content

    def compare(self, first: Path | str | bytes, second: Path | str | bytes) -> dict[str, Any]:
        """Are two photos of one person? The answer as ``docs/compare.md`` describes it."""
        files = {"a": ("a", _bytes(first)), "b": ("b", _bytes(second))}
        body: dict[str, Any] = self._call("POST", "compare", files=files).json()
        return body

    def quality(self, photo: Path | str | bytes, *, profile: str = "") -> dict[str, Any]:
        """How good a photo is, and what each profile would make of it; it is not kept."""
        params = {"profile": profile} if profile else {}
        answer = self._call("POST", "quality", params=params, content=_bytes(photo), headers=_BARE)
        body: dict[str, Any] = answer.json()
        return body

    def submit_batch(self, archive: Path | str, *, inbox: str = "") -> Task:
        """Bring a zip of photos; it is read in pieces, however large it is."""
        params = {"inbox": inbox} if inbox else {}
        key = secrets.token_hex(16)
        headers = {"Content-Type": "application/zip", "Idempotency-Key": key}
        with Path(archive).open("rb") as content:

            def again() -> dict[str, Any]:
                content.seek(0)
                return {"content": content}

            answer = self._call("POST", "batches", again, params=params, headers=headers)
        return Task.of(answer.json())

    def batch(self, batch: Task | str) -> dict[str, Any]:
        """How far a batch is, by its own id or by that of the task that brought it.

        Raises:
            BoothProblem: ``RESULT_NOT_READY`` while it was not taken in yet.
        """
        body: dict[str, Any] = self._call("GET", f"batches/{_id(batch)}").json()
        return body

    def wait_batch(
        self,
        batch: Task | str,
        *,
        timeout_s: float = 3600.0,
        progress: Callable[[Mapping[str, Any]], None] | None = None,
    ) -> dict[str, Any]:
        """Wait until a batch's report is published.

        Raises:
            TimeoutError: It takes longer.
        """
        until_s = time.monotonic() + timeout_s
        while True:
            try:
                found = self.batch(batch)
            except BoothProblem as problem:
                if problem.code != "RESULT_NOT_READY":
                    raise
            else:
                if progress is not None:
                    progress(found)
                if found["finished_ms"] is not None or found["state"] in _BATCH_OVER:
                    return found
            if time.monotonic() >= until_s:
                msg = f"batch {_id(batch)} is not over after {timeout_s:g} s"
                raise TimeoutError(msg)
            self._sleep(1.0)

    def batch_file(self, batch: Task | str, name: str) -> bytes:
        """A file of a batch's report: ``results.zip``, ``report.xlsx`` and the like."""
        return self._call("GET", f"batches/{_id(batch)}/files/{name}").content

    def _submit(self, path: str, photo: Path | str | bytes, options: Mapping[str, Any]) -> Task:
        answer = self._call(
            "POST",
            path,
            params={name: str(value) for name, value in options.items()},
            content=_bytes(photo),
            headers={**_BARE, "Idempotency-Key": secrets.token_hex(16)},
        )
        return Task.of(answer.json())

    def _call(
        self,
        method: str,
        path: str,
        body: Callable[[], dict[str, Any]] = dict,
        **how: Any,
    ) -> httpx.Response:
        """Call, and again when told to; ``body`` gives what is to be read anew each time."""
        for tries_left in range(self._retries, -1, -1):
            answer = self._http.request(method, path, **how, **body())
            if answer.is_success:
                return answer
            problem = _problem(answer)
            if answer.status_code not in _COME_LATER or not tries_left:
                raise problem
            self._sleep(problem.retry_after_s or 1.0)
        raise AssertionError  # the loop returns or raises


def _problem(answer: httpx.Response) -> BoothProblem:
    try:
        body = answer.json()
    except ValueError:
        # Not the booth: a proxy in between.
        body = {"message": f"HTTP {answer.status_code} {answer.reason_phrase}"}
    told = body if isinstance(body, dict) else {}
    kind = _KINDS.get(answer.status_code, BoothProblem)
    kind = _BY_CODE.get(str(told.get("code")), kind)
    return kind(answer.status_code, told, _wait_of(answer))


def _wait_of(answer: httpx.Response) -> float | None:
    text = answer.headers.get("Retry-After", "")
    return float(text) if text.isascii() and text.isdigit() else None


def _id(task: Task | str) -> str:
    return task.id if isinstance(task, Task) else task


def _bytes(photo: Path | str | bytes) -> bytes:
    return photo if isinstance(photo, bytes) else Path(photo).read_bytes()
