"""A recorded NetBox: pages of dcim/devices in the layout of its REST API (the first as of 3.x, the second as of 4.x).
usage: serve.py FOLDER LOG VARIANT; prints the port that the kernel picked. LOG: one line per request, path and Authorization."""
import http.server, pathlib, sys

folder, log, variant = pathlib.Path(sys.argv[1]), open(sys.argv[2], "a", buffering=1), sys.argv[3]


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        log.write(f"{self.path} {self.headers.get('Authorization')}\n")
        if self.headers.get("Authorization") != "Token nb-Secret-3":
            return self.answer(403, '{"detail":"Invalid token"}')
        if not self.path.startswith("/api/dcim/devices/?"):
            return self.answer(404, '{"detail":"Not found."}')
        text = (folder / ("page2.json" if "offset=" in self.path else "page1.json")).read_text()
        here = "localhost:1" if variant == "elsewhere" else f"127.0.0.1:{self.server.server_port}"
        text = text.replace("NETBOX", here)
        if variant == "cut":
            text = text[: len(text) // 2]
        if variant == "twice":
            text = text.replace("JPE00002", "JPE00001")
        self.answer(200, "[]" if variant == "list" else text)

    def answer(self, status, text):
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_):
        pass


server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
