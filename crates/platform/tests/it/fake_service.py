"""Stands in for a service: takes the same arguments and environment, is ready at once, and notes what it was told."""

import http.server
import json
import os
import pathlib
import signal
import sys
import threading

name, command = sys.argv[1], sys.argv[2:]
here = pathlib.Path(sys.argv[0]).parent
with open(here / "told", "a", encoding="utf-8") as told:
    told.write(json.dumps({"service": name, "command": command, "environment": dict(os.environ)}) + "\n")
print(name, "was told", command, flush=True)

if command == ["serve"]:
    if (here / f"{name}.broken").exists():
        sys.exit("cannot serve: broken on purpose")

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200 if self.path == "/readyz" else 404)
            self.end_headers()

        def log_message(self, *_):
            pass

    host, port = os.environ["CAST_ADMIN_LISTEN"].split(":")
    server = http.server.ThreadingHTTPServer((host, int(port)), Handler)

    def stop(*_):
        print(name, "stops", flush=True)
        with open(here / "stopped", "a", encoding="utf-8") as stopped:
            stopped.write(name + "\n")
        threading.Thread(target=server.shutdown).start()

    signal.signal(signal.SIGTERM, stop)
    server.serve_forever()
