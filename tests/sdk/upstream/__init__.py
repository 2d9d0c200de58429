"""An upstream that speaks all protocols. What it does depends on the model that it is asked for:

model   answers, and calls both tools if it is offered any
length  answers and says that it ran out of tokens
400 ... refuses with that status
hidden  says with status 200 that it is overloaded
fails   tells an error in mid-stream
cut     drops the connection in mid-stream
stops   ends the stream in good order, without saying that the answer is at its end
"""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from . import chat, gemini, messages, responses, told

PROTOCOLS = {module.NAME: module for module in (messages, chat, responses, gemini)}


class Ask:
    """A request that came in."""

    def __init__(self, path, body):
        self.path, self.body = path, body
        self.protocol = next((module for module in PROTOCOLS.values() if module.at(path)), None)
        if self.protocol:
            self.model, self.stream = self.protocol.asked(path, body)
            self.tools = bool(body.get("tools"))

    def heard(self):
        """Instructions, tools, calls and results, in no protocol."""
        return self.protocol.heard(self.body)


class Upstream(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        ask = Ask(self.path, body)
        self.server.asked.append(ask)
        if ask.protocol is None:
            return self.whole(404, {"error": {"message": f"no protocol is spoken at {self.path}"}})
        if ask.model[:3].isdigit():
            status = int(ask.model[:3])
            return self.whole(status, ask.protocol.error(status, told.message(status)), told.RETRY_AFTER)
        if ask.model == "hidden":
            return self.whole(200, ask.protocol.error(503, told.message(503)))
        if not ask.stream:
            return self.whole(200, ask.protocol.answer(ask))
        kind, frames = ask.protocol.frames(ask)
        self.frames(kind, list(frames), ask)

    def whole(self, status, body, retry_after=None):
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        if retry_after:
            self.send_header("retry-after", retry_after)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def frames(self, kind, frames, ask):
        self.send_response(200)
        self.send_header("content-type", kind)
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        if ask.model in ("fails", "cut", "stops"):
            text = json.dumps(told.pieces(told.TEXT)[0])
            frames = frames[: next(at for at, frame in enumerate(frames) if text in frame) + 1]
        if ask.model == "fails":
            frames.append(ask.protocol.failure())
        for frame in frames:
            data = frame.encode()
            self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
            self.wfile.flush()
        if ask.model == "cut":
            self.close_connection = True
        else:
            self.wfile.write(b"0\r\n\r\n")

    def log_message(self, *_):
        pass


def start():
    """The server, with its URL at `url` and all that it was asked at `asked`."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Upstream)
    server.daemon_threads = True
    server.asked = []
    server.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server
