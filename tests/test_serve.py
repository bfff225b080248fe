"""`make serve`: the book on this machine only, on the first free port."""

import threading
import urllib.request

import pytest

from tools import serve


@pytest.fixture
def site(tmp_path):
    (tmp_path / "index.html").write_text("<h1>Unrolled</h1>")
    return tmp_path


def test_it_serves_the_folder_on_this_machine_only(site):
    with serve.server(site, 8400) as running:
        host, port = running.server_address
        assert host == "127.0.0.1"
        threading.Thread(target=running.serve_forever, daemon=True).start()
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/index.html") as page:
            assert b"Unrolled" in page.read()
        running.shutdown()


def test_a_taken_port_is_passed_over(site):
    with serve.server(site, 8430) as first, serve.server(site, 8430) as second:
        assert second.server_address[1] > first.server_address[1]


def test_an_unbuilt_book_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setattr("sys.argv", ["serve.py", str(tmp_path)])
    with pytest.raises(SystemExit, match="make book"):
        serve.main()
