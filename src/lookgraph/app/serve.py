"""Run the site: `lookgraph serve`."""

from __future__ import annotations

import logging
from pathlib import Path

import uvicorn
from threadpoolctl import threadpool_limits

from lookgraph.app.editions.memory import share_one_heap
from lookgraph.app.server.factory import create_app
from lookgraph.config import ServeSettings
from lookgraph.errors import ServeError

_MAX_CONNECTIONS = 1000


def serve(lookbook: Path, settings: ServeSettings, *, certificate: Path | None = None, key: Path | None = None) -> None:
    """Serve a lookbook until it is stopped.

    Args:
        certificate: TLS certificate; with accounts, browsers keep a session only over TLS or on this machine.
        key: The certificate's key.

    Raises:
        LookgraphError: the lookbook or the state cannot be opened, or the site would be open to all without accounts.
        ServeError: the address cannot be used.
    """
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    share_one_heap()
    threadpool_limits(1)  # many requests at once already keep the cores busy
    app = create_app(lookbook, settings)
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
    server = _Server(config, "https" if certificate else "http")
    try:
        server.run()
    except OSError as error:
        raise ServeError(f"{settings.host}:{settings.port} cannot be listened at ({error.strerror})") from None
    if not server.started:
        raise ServeError(f"{settings.host}:{settings.port} cannot be listened at: choose another serve.port")


class _Server(uvicorn.Server):
    """Says where it is when it is there."""

    def __init__(self, config: uvicorn.Config, scheme: str) -> None:
        super().__init__(config)
        self._scheme = scheme

    def _log_started_message(self, listeners: object) -> None:
        sockets = [each for server in self.servers for each in server.sockets]
        for each in sockets[:1]:
            host, port = each.getsockname()[:2]
            name = f"[{host}]" if ":" in host else host
            print(f"Lookgraph is at {self._scheme}://{name}:{port} (Ctrl-C ends it)", flush=True)
