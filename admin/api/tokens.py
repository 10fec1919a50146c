"""Who may call the API: programs with a token, or this machine while nobody has a password."""

from __future__ import annotations

import hashlib
import hmac

from flask import Blueprint, g, request

from admin.api.problems import Refused
from admin.api.throttle import Throttle
from admin.security import is_closed
from daemon.config.api import NO_TOKEN, ApiToken, Scope
from daemon.config.model import Config
from daemon.services.accounts import Accounts

# Whoever calls where no token is asked for.
SOMEBODY_HERE = NO_TOKEN


class Tokens:
    """The tokens of the configuration.

    Without any the API is as open as the panel: to this machine alone, and no longer once the
    panel asks for a password, for the API would be a way around it.

    Args:
        config: The whole configuration.
        accounts: Who may sign in to the panel.
    """

    def __init__(self, config: Config, accounts: Accounts) -> None:
        self._known = config.api.tokens
        self._panel = config.panel
        self._accounts = accounts

    def caller(self, scope: Scope) -> str:
        """The name of whoever calls, if they may do that.

        Raises:
            Refused: ``UNAUTHORIZED`` or ``FORBIDDEN``.
        """
        if self._is_open():
            return SOMEBODY_HERE
        token = self._find(request.headers.get("Authorization", ""))
        if token is None:
            code = "UNAUTHORIZED"
            raise Refused(code)
        if scope not in token.scopes:
            code = "FORBIDDEN"
            raise Refused(code, facts={"scope": scope})
        return token.name

    def _is_open(self) -> bool:
        return not self._known and not is_closed(self._panel) and not self._accounts.all()

    def _find(self, header: str) -> ApiToken | None:
        kind, _, given = header.partition(" ")
        if kind.lower() != "bearer":
            return None
        # The tokens are long and by chance: a fast hash is enough, nobody tries them all.
        digest = hashlib.sha256(given.strip().encode()).hexdigest()
        found = None
        for token in self._known:  # all of them, always: the time tells nothing
            if hmac.compare_digest(token.sha256, digest):
                found = token
        return found


def demand(
    api: Blueprint, tokens: Tokens, scopes: dict[str, Scope], throttle: Throttle | None = None
) -> None:
    """Ask every call for its scope, before its body is read.

    Args:
        api: The routes.
        tokens: Who may call.
        throttle: How often; ``None``: as often as they like.
        scopes: What a route needs, by the name of its function; every other is for anybody.
    """

    @api.before_request
    def look() -> None:
        name = (request.endpoint or "").rpartition(".")[2]
        g.caller = ""
        try:
            if name in scopes:
                g.caller = tokens.caller(scopes[name])
        finally:
            # Also of whoever is not let in: by the address then.
            _count(throttle, g.caller)


def _count(throttle: Throttle | None, caller: str) -> None:
    if throttle is None:
        return
    is_known = caller not in {"", SOMEBODY_HERE}
    wait_s = throttle.wait_s(f"token {caller}" if is_known else f"at {request.remote_addr}")
    if wait_s:
        code = "RATE_LIMITED"
        raise Refused(code, retry_after_s=wait_s)
