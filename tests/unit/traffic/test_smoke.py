import http.server
import threading
import time

import pytest

from paas.errors import ConfigError, InvalidInput
from paas.settings import SmokeCheck, SmokeSettings
from paas.traffic import Pace
from paas.traffic.smoke import SmokeFailed, checks_of, smoke_test
from tests.unit.traffic.scenes import Scene


class Pages(http.server.BaseHTTPRequestHandler):
    hosts: list = []
    failing = 0

    def do_GET(self):
        Pages.hosts.append(self.headers["Host"])
        status, body = {"/": (200, b"welcome"), "/gone": (404, b"no"), "/moved": (302, b"")}.get(self.path, (200, b"x"))
        if self.path == "/slow":
            time.sleep(0.5)
        if self.path == "/flaky" and Pages.failing > 0:
            Pages.failing -= 1
            status = 503
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def url():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def smoke(url, *checks, **settings):
    slept = []
    settings = SmokeSettings(**settings)
    return smoke_test(url, [SmokeCheck(**check) for check in checks], settings, pace=Pace(sleep=slept.append))


def test_what_comes_back_as_it_should_passes(url):
    result = smoke(url, {"text": "welcome"}, {"path": "/gone", "status": 404}, {"path": "/moved", "status": 302})
    assert [each["ok"] for each in result["checks"]] == [True, True, True]


@pytest.mark.parametrize(
    ("check", "words"),
    [
        ({"path": "/gone"}, "/gone: status 404, expected 200"),
        ({"text": "goodbye"}, "/: the body does not hold 'goodbye'"),
        ({"path": "/slow", "max_seconds": 0.1}, "/slow: no answer"),
    ],
)
def test_what_does_not_is_named(url, check, words):
    with pytest.raises(SmokeFailed, match=f"1 of 2 checks of {url} failed: {words}") as failed:
        smoke(url, {}, check, attempts=1)
    assert [each["ok"] for each in failed.value.as_result()["checks"]] == [True, False]


def test_what_fails_once_may_be_tried_again(url):
    Pages.failing = 2
    assert smoke(url, {"path": "/flaky"}, attempts=3)["checks"][0]["attempts"] == 3


def test_tries_are_bounded(url):
    Pages.failing = 10
    with pytest.raises(SmokeFailed):
        smoke(url, {"path": "/flaky"}, attempts=3)
    assert Pages.failing == 7
    Pages.failing = 0


def test_the_host_is_the_one_that_is_asked_for(url):
    Pages.hosts.clear()
    smoke(url, {"host": "shop.example.com"})
    assert Pages.hosts == ["shop.example.com"]


def test_nobody_listening_is_no_answer():
    with pytest.raises(SmokeFailed, match=r"/: no answer \(.*refused"):
        smoke("http://127.0.0.1:1", {}, attempts=1)


def test_checks_that_are_given_stand_for_the_settings():
    environment = Scene("classic", smoke={"checks": [{"path": "/settings"}]}).settings
    assert [each.path for each in checks_of(environment, None)] == ["/settings"]
    assert [each.path for each in checks_of(environment, [{"path": "/given"}])] == ["/given"]


def test_no_checks_at_all_are_a_config_error_that_shows_what_one_looks_like():
    with pytest.raises(ConfigError, match=r"`traffic\.prd\.smoke\.checks`: is empty; .*checks='\[\{\"path\": "):
        checks_of(Scene("classic").settings, [])


def test_a_check_that_is_malformed_is_named():
    with pytest.raises(InvalidInput, match=r"`checks`.*checks\[0\]\.stauts"):
        checks_of(Scene("classic").settings, [{"stauts": 200}])
