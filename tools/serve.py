"""Serve the built book on this machine only, and open it in a browser.

python tools/serve.py _build/html [--port 8000] [--no-browser]
"""

from __future__ import annotations

import argparse
import functools
import http.server
import sys
import webbrowser
from pathlib import Path


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    """Serves files without a log line for each."""

    def log_message(self, format: str, *args: object) -> None:
        pass


def server(folder: Path, port: int) -> http.server.ThreadingHTTPServer:
    """A server on the first free port from `port` on, twenty at most."""
    handler = functools.partial(QuietHandler, directory=str(folder))
    for candidate in range(port, port + 20):
        try:
            return http.server.ThreadingHTTPServer(("127.0.0.1", candidate), handler)
        except OSError:
            continue
    sys.exit(f"ports {port} to {port + 19} are taken: choose one with --port")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--no-browser", action="store_true")
    options = parser.parse_args()
    if not (options.folder / "index.html").exists():
        sys.exit(f"{options.folder} has no index.html: run `make book`")
    with server(options.folder, options.port) as running:
        address = f"http://127.0.0.1:{running.server_address[1]}/"
        print(f"The book is at {address} (stop with Ctrl+C)", flush=True)
        if not options.no_browser:
            webbrowser.open(address)
        try:
            running.serve_forever()
        except KeyboardInterrupt:
            print()


if __name__ == "__main__":
    main()
