"""Ports are free when they are chosen, and stay the same in the same folder."""

from __future__ import annotations

import socket

from lab.servers import ports


def test_a_port_is_remembered_by_its_name(tmp_path):
    first = ports.remembered(tmp_path, "api", "peer")
    assert ports.remembered(tmp_path, "peer", "more")["peer"] == first["peer"]


def test_no_two_names_share_a_port(tmp_path):
    chosen = ports.remembered(tmp_path, *map(str, range(50)))
    assert len(set(chosen.values())) == 50


def test_a_port_that_is_taken_is_not_chosen(monkeypatch):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        busy, free = taken.getsockname()[1], ports.free()
        monkeypatch.setattr(ports.random, "sample", lambda *_: [busy, free])
        assert ports.free() == free


def test_ports_lie_below_those_of_outgoing_connections():
    assert 20000 <= ports.free() < 32000
