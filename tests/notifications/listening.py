"""A real HTTP server in a thread, for tests that send to one."""

import threading
from http.server import ThreadingHTTPServer


class Listening:
    """``handler`` answers at ``address`` until ``close``."""

    def listen(self, handler):
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}/hook"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()
