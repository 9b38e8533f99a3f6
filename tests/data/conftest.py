"""A web server on this machine, for what comes from mirrors elsewhere."""

import http.server
import threading
from contextlib import ExitStack

import pytest


@pytest.fixture
def serve():
    """Start a web server of the `pages` in a dictionary that notes what it is asked for."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.server.asked.append(self.path)
            if self.path not in self.server.pages:
                return self.send_error(404)
            page = self.server.pages[self.path]
            self.send_response(200)
            self.send_header("Content-Length", str(len(page)))
            self.end_headers()
            self.wfile.write(page[: self.server.breaks_off_after])

        def log_message(self, *_):
            pass

    with ExitStack() as at_the_end:

        def start(pages):
            running = at_the_end.enter_context(http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler))
            running.pages, running.asked, running.breaks_off_after = dict(pages), [], None
            running.url = f"http://127.0.0.1:{running.server_port}"
            thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
            thread.start()
            at_the_end.callback(thread.join)
            at_the_end.callback(running.shutdown)
            return running

        yield start
