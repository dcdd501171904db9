"""`python -m lab.faults --upstream HOST:PORT`: a TCP fault proxy as a process of its own.

Prints one JSON line, `{"port": ..., "control": ...}`. The control port on 127.0.0.1 takes one order a line and answers
each with a line of JSON: heal, refuse, stall, reset, delay SECONDS, cut BYTES.
"""

from __future__ import annotations

import argparse
import json
import signal
import socketserver
import sys
import threading

from .tcp import FaultProxy

ORDERS = "heal, refuse, stall, reset, delay SECONDS and cut BYTES"


def obey(proxy: FaultProxy, line: str) -> str:
    """Carry out one order; returns what is wrong with it, or nothing."""
    try:
        match line.split():
            case ["heal" | "refuse" | "stall" | "reset" as name]:
                getattr(proxy, name)()
            case ["delay", seconds]:
                proxy.delay(float(seconds))
            case ["cut", count]:
                proxy.cut_after(int(count))
            case _:
                return f"{line.strip()!r} is no order; there are {ORDERS}"
    except ValueError as error:
        return f"{line.strip()!r}: {error}"
    return ""


class _Control(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, proxy: FaultProxy) -> None:
        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                for line in self.rfile:
                    order = line.decode("utf-8", "replace")
                    answer = {"order": order.strip(), "error": obey(proxy, order), "links": proxy.links}
                    self.wfile.write(json.dumps(answer).encode() + b"\n")

        super().__init__(("127.0.0.1", 0), Handler)


def main() -> int:
    """Run until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(prog="lab.faults", description="A TCP proxy that can be made to fail.")
    parser.add_argument("--upstream", required=True, help="HOST:PORT")
    parser.add_argument("--port", type=int, default=0, help="0 for any free one")
    arguments = parser.parse_args()
    host, _, port = arguments.upstream.rpartition(":")
    proxy = FaultProxy(host, int(port), listen_port=arguments.port).start()
    control = _Control(proxy)
    threading.Thread(target=control.serve_forever, daemon=True).start()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    print(json.dumps({"port": proxy.port, "control": control.server_address[1]}), flush=True)
    stop.wait()
    control.shutdown()
    proxy.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
