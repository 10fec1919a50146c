"""What every answer of the panel carries, and which questions it does not take."""

from __future__ import annotations

import ipaddress
import secrets

from flask import Flask, Response

from daemon.config.model import Panel
from daemon.errors import ConfigError

# Own styles, script and pictures, nothing else: nothing inline, no frame, no form to elsewhere.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)

HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not no-referrer: under it browsers send our own forms with "Origin: null", as strangers' are.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cache-Control": "no-store",
}

# Other names would let a web page that resolves its own name to 127.0.0.1 read the panel.
TRUSTED_HOSTS = ["localhost", "127.0.0.1", "[::1]"]


def protect(app: Flask, panel: Panel) -> None:
    """Set the headers on every answer, refuse foreign host names and long bodies."""
    named = () if _is_wildcard(panel.host) else (_in_url(panel.host),)
    app.config["TRUSTED_HOSTS"] = [*TRUSTED_HOSTS, *panel.trusted_hosts, *named]
    app.config["MAX_CONTENT_LENGTH"] = 64 * 1024
    app.config["MAX_FORM_PARTS"] = 100
    # A key of this process alone: sessions end with it, and none lies about on a disk.
    app.secret_key = secrets.token_bytes(32)
    app.config.update(
        SESSION_COOKIE_NAME="boothd_panel",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Strict",
        SESSION_COOKIE_SECURE=panel.is_https,
    )

    @app.after_request
    def add_headers(response: Response) -> Response:
        response.headers.update(HEADERS)
        if panel.is_https:
            response.headers["Strict-Transport-Security"] = "max-age=31536000"
        return response


def is_closed(panel: Panel) -> bool:
    """Whether a password is demanded: other machines can come in, or other names are called."""
    return not _is_own(panel.host) or bool(panel.trusted_hosts)


def check_host(panel: Panel, *, has_account: bool) -> None:
    """Refuse to listen where other machines could come in without a password.

    Raises:
        ConfigError: The address is not of this machine alone, and nobody has a password; or
            it stands for every address, and no name is trusted.
    """
    if is_closed(panel) and not has_account:
        problem = (
            f"panel.host: {panel.host} can be reached from other machines, and nobody has a "
            "password yet: run `boothd panel set-password`, or use 127.0.0.1 without "
            "panel.trusted_hosts and an SSH tunnel."
        )
        raise ConfigError([problem])
    if _is_wildcard(panel.host) and not panel.trusted_hosts:
        problem = (
            f"panel.trusted_hosts: {panel.host} stands for every address of this machine; name "
            "those under which the panel is called (booth.lan, 192.168.1.5)."
        )
        raise ConfigError([problem])


def _is_own(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _is_wildcard(host: str) -> bool:
    return host in {"", "0.0.0.0", "::"}  # noqa: S104 - to tell it, not to use it


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host
