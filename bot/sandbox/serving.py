"""Run an ASGI app on loopback in a thread, for as long as a demo or a test needs it."""

from __future__ import annotations

import socket
import threading
from types import TracebackType
from typing import Any

import uvicorn

HOST = "127.0.0.1"
STARTUP_SECONDS = 20.0
SHUTDOWN_SECONDS = 5


class Running:
    """A server that answers at ``url`` until ``stop()``; also a context manager."""

    def __init__(self, server: uvicorn.Server, thread: threading.Thread, port: int) -> None:
        self._server = server
        self._thread = thread
        self.port = port
        self.url = f"http://{HOST}:{port}"

    def stop(self) -> None:
        """Stop accepting, let the requests under way finish, and wait for the thread; safe to repeat."""
        self._server.should_exit = True
        self._thread.join()

    def __enter__(self) -> Running:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


class _Announcing(uvicorn.Server):
    """A server that says when its start has come to an end, well or badly."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.settled = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        try:
            await super().startup(sockets)
        finally:
            self.settled.set()


# The kinds of an ASGI app's arguments differ between Starlette's and Uvicorn's annotations.
def run_in_thread(app: Any, *, port: int = 0) -> Running:
    """Serve ``app`` on 127.0.0.1 at ``port`` (0 picks a free one) and return once it answers.

    Raises OSError when the port is taken and RuntimeError when the app's own startup fails.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        # A sandbox that is stopped and started again keeps its address.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port))
        listener.listen(1024)
    except OSError:
        listener.close()
        raise
    config = uvicorn.Config(
        app,
        log_level="error",
        access_log=False,
        ws="none",
        lifespan="on",
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
        timeout_keep_alive=75,
    )
    server = _Announcing(config)

    def serve() -> None:
        try:
            server.run(sockets=[listener])
        except SystemExit:
            # Uvicorn leaves this way when the app's startup fails; run_in_thread reports it below.
            return
        finally:
            listener.close()

    thread = threading.Thread(target=serve, name="sandbox", daemon=True)
    thread.start()
    server.settled.wait(STARTUP_SECONDS)
    if not server.started:
        server.should_exit = True
        thread.join()
        raise RuntimeError("the app did not start; its own log says why")
    return Running(server, thread, int(listener.getsockname()[1]))
