"""Answers as the vendors would, with the records that a check gives it."""

import contextlib
import http.server
import json
import pathlib
import threading


def page(vendor, records):
    """The vendor's list of these records, on one page."""
    count = len(records)
    return {
        "vaani": {"data": records, "pagination": {
            "page": 1, "page_size": 100, "total_count": count, "total_pages": 1,
            "has_next": False, "has_previous": False}},
        "ravan": {"success": True, "message": "ok", "data": {
            "callSessions": records, "total": count, "page": 1, "limit": 100}},
        "vozagent": records,
        "agentvoice": {"data": records, "pagination": {
            "total": count, "limit": 100, "offset": 0, "has_more": False}},
        "zudu": {"status": "success", "data": {
            "calls": records, "returned_count": count,
            "pagination": {"page": 0, "limit": 100, "total_count": count, "has_next_page": False}}},
    }[vendor]


@contextlib.contextmanager
def serve(records):
    """Serves the records of each vendor, and writes the callfold.toml that reads them."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            vendor = self.path.split("/")[1]
            body = json.dumps(page(vendor, records[vendor])).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    config = ""
    for vendor in records:
        config += f'[sources.{vendor}]\nvendor = "{vendor}"\napi_key = "key"\n'
        config += {"zudu": 'api_secret = "secret"\n', "agentvoice": 'organization_id = "org"\n'}.get(vendor, "")
        config += f'base_url = "http://127.0.0.1:{server.server_port}/{vendor}"\n\n'
    pathlib.Path("callfold.toml").write_text(config, encoding="utf-8")
    try:
        yield
    finally:
        server.shutdown()
