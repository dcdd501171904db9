"""Whose certificate is believed: that of the profile's authority, and nobody's else."""

import logging

import pytest

import lab.standins.consul
from paas import consul
from paas.errors import ConfigError, Unavailable
from paas.references import References
from paas.settings import ConsulSettings


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    directory = tmp_path_factory.mktemp("consul")
    server, endpoint = lab.standins.consul.launch("t", directory=directory, tls=True)
    yield endpoint.url, str(directory / "consul-t" / "ca.crt")
    server.stop()


def wire(url, **more):
    return consul.connect(ConsulSettings(name="one", address=url, **more), References()).wire


def status(found):
    return found.ask("GET", "kv/a", operation="read", target="a", takes=(404,)).status


def test_a_server_of_the_profiles_authority_is_believed(served):
    url, authority = served
    assert status(wire(url, ca_file=authority)) == 404


def test_a_server_of_another_authority_is_not_and_the_setting_is_named(served):
    url, _ = served
    with pytest.raises(Unavailable, match=r"certificate verify failed.*consul\.one\.ca_file"):
        status(wire(url))


def test_a_name_that_is_not_in_the_certificate_is_not_believed(served):
    url, authority = served
    with pytest.raises(Unavailable, match=r"consul\.one\.ca_file"):
        status(wire(url.replace("127.0.0.1", "127.1"), ca_file=authority))


def test_a_profile_may_say_otherwise_loudly(served, caplog):
    url, _ = served
    with caplog.at_level(logging.WARNING):
        assert status(wire(url, verify_tls=False)) == 404
    assert caplog.text.count("consul.one.verify_tls is false") == 1


@pytest.mark.parametrize("text", [None, "no certificate"])
def test_an_authority_that_cannot_be_read_is_named_before_anything_is_sent(served, tmp_path, text):
    url, _ = served
    authority = tmp_path / "ca.pem"
    if text is not None:
        authority.write_text(text)
    with pytest.raises(ConfigError, match=rf"consul\.one\.ca_file.*{authority} cannot be read"):
        status(wire(url, ca_file=str(authority)))
