"""Run the site: `lookgraph serve`."""

from __future__ import annotations

import logging
import os
import signal
import socket
import ssl
import sys
import threading
import webbrowser
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import uvicorn
from threadpoolctl import threadpool_limits

from lookgraph.app.editions.memory import share_one_heap
from lookgraph.app.server.factory import create_app
from lookgraph.app.server.site import LOOPBACK
from lookgraph.config import ServeSettings
from lookgraph.errors import ServeError

_MAX_CONNECTIONS = 1000
_PORTS_TRIED = 100
_LOG = logging.getLogger("lookgraph.serve")


def serve(
    lookbook: Path,
    settings: ServeSettings,
    *,
    certificate: Path | None = None,
    key: Path | None = None,
    on_start: Callable[[str], object] | None = None,
) -> None:
    """Serve a lookbook until it is stopped, by Ctrl-C or a signal to terminate: its normal end.

    Args:
        certificate: TLS certificate; with accounts, browsers keep a session only over TLS or on this machine.
        key: The certificate's key.
        on_start: Called with the site's address, in a thread, when it can be reached.

    Raises:
        LookgraphError: the lookbook or the state cannot be opened, or the site would be open to all without accounts.
        ServeError: the address cannot be used, or the certificate.
    """
    _check_certificate(certificate, key)
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    share_one_heap()
    threadpool_limits(1)  # many requests at once already keep the cores busy
    app = create_app(lookbook, settings)
    if settings.host not in LOOPBACK and certificate is None:
        _LOG.warning(
            "without a certificate browsers keep nobody signed in: give --certificate and --key,"
            " or let a proxy that speaks TLS stand before this server"
        )
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        log_level="warning",
        access_log=False,
        server_header=False,
        limit_concurrency=_MAX_CONNECTIONS,
        timeout_keep_alive=20,
        ssl_certfile=None if certificate is None else str(certificate),
        ssl_keyfile=None if key is None else str(key),
    )
    server = _Server(config, "https" if certificate else "http", on_start)
    try:
        server.run()
    except OSError as error:
        raise ServeError(f"{settings.host}:{settings.port} cannot be listened at ({error.strerror})") from None
    if not server.started:
        raise ServeError(f"{settings.host}:{settings.port} cannot be listened at: choose another serve.port")


def _check_certificate(certificate: Path | None, key: Path | None) -> None:
    if certificate is None:
        if key is not None:
            raise ServeError(f"--key {key} belongs to no certificate: name that, too, with --certificate")
        return
    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(certificate, key)
    except (ssl.SSLError, OSError) as error:
        raise ServeError(
            f"{certificate} cannot be used as a certificate ({error}):"
            " give a PEM file with --certificate, and its key with --key if that is another file"
        ) from None


def free_port(host: str, first: int) -> int:
    """The first port from ``first`` on that can be listened at.

    Raises:
        ServeError: a hundred are taken.
    """
    for port in range(first, min(first + _PORTS_TRIED, 65_536)):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the server: what just ended is free
            try:
                probe.bind((host, port))
            except OSError:
                continue
            return port
    raise ServeError(f"ports {first} to {first + _PORTS_TRIED - 1} of {host} are taken: set serve.port to a free one")


def open_in_browser(address: str) -> bool:
    """Open a window, where there is a screen; a browser in this terminal would hide what the server says."""
    has_screen = sys.platform in ("darwin", "win32") or "DISPLAY" in os.environ or "WAYLAND_DISPLAY" in os.environ
    return (has_screen or "BROWSER" in os.environ) and webbrowser.open(address)


class _Server(uvicorn.Server):
    """Says where it is when it is there, and ends without an error when it is told to."""

    def __init__(self, config: uvicorn.Config, scheme: str, on_start: Callable[[str], object] | None) -> None:
        super().__init__(config)
        self._scheme, self._on_start = scheme, on_start

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        super().handle_exit(sig, frame)
        self._captured_signals.clear()  # else uvicorn raises them again at the end
        if sig == signal.SIGINT:
            print("", flush=True)  # after the terminal's ^C

    def _log_started_message(self, listeners: object) -> None:
        sockets = [each for server in self.servers for each in server.sockets]
        for each in sockets[:1]:
            host, port = each.getsockname()[:2]
            name = f"[{host}]" if ":" in host else host
            address = f"{self._scheme}://{name}:{port}"
            print(f"Lookgraph is at {address} (Ctrl-C ends it)", flush=True)
            if self._on_start is not None:
                threading.Thread(target=self._on_start, args=(address,), name="on-start", daemon=True).start()
