"""What every answer of the panel carries, and which questions it does not take."""

from __future__ import annotations

import ipaddress

from flask import Flask, Response

from daemon.errors import ConfigError

# Own styles and pictures, nothing else: no script, no frame, no form to elsewhere.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)

HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cache-Control": "no-store",
}

# Other names would let a web page that resolves its own name to 127.0.0.1 read the panel.
TRUSTED_HOSTS = ["localhost", "127.0.0.1", "[::1]"]


def protect(app: Flask) -> None:
    """Set the headers on every answer, refuse foreign host names and long bodies."""
    app.config["TRUSTED_HOSTS"] = TRUSTED_HOSTS
    app.config["MAX_CONTENT_LENGTH"] = 64 * 1024

    @app.after_request
    def add_headers(response: Response) -> Response:
        response.headers.update(HEADERS)
        return response


def check_host(host: str) -> None:
    """Refuse to listen where other machines could come in.

    Raises:
        ConfigError: The address is not of this machine alone.
    """
    try:
        is_own = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        is_own = False
    if not is_own:
        problem = (
            f"panel.host: {host} can be reached from other machines, and this version has no "
            "password yet. Use 127.0.0.1, and an SSH tunnel or a reverse proxy with a password."
        )
        raise ConfigError([problem])
