"""The ways into a cluster."""

from __future__ import annotations

import datetime
import ipaddress
import logging
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

from paas import kube
from paas.errors import ConfigError, Unavailable
from paas.references import References
from paas.settings import ClusterSettings
from tests.unit.kube.answering import answering


def connect(**settings: object) -> kube.Client:
    return kube.connect(ClusterSettings(name="paasA", **settings), References())  # type: ignore[arg-type]


def kubeconfig(directory: Path, url: str, **cluster: object) -> str:
    path = directory / "config"
    path.write_text(
        yaml.safe_dump(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "current-context": "other",
                "clusters": [{"name": "c", "cluster": {"server": url, **cluster}}],
                "users": [
                    {"name": "u", "user": {"token": "from-kubeconfig"}},
                    {"name": "o", "user": {"token": "other"}},
                ],
                "contexts": [
                    {"name": "paasA", "context": {"cluster": "c", "user": "u"}},
                    {"name": "other", "context": {"cluster": "c", "user": "o"}},
                ],
            }
        )
    )
    return str(path)


@pytest.mark.parametrize(("context", "token"), [("paasA", "from-kubeconfig"), (None, "other")])
def test_a_kubeconfig_is_entered_by_its_context(tmp_path, context, token):
    with answering(lambda request: request.reply(200, {})) as (url, seen):
        connect(kubeconfig=kubeconfig(tmp_path, url), context=context).get("/version")

    assert seen[0].headers["Authorization"] == f"Bearer {token}"


def test_a_token_is_fetched_by_its_reference(tmp_path):
    (tmp_path / "token").write_text("from-file\n")
    with answering(lambda request: request.reply(200, {})) as (url, seen):
        connect(server=url, token=f"file:{tmp_path}/token").get("/version")

    assert seen[0].headers["Authorization"] == "Bearer from-file"


def test_a_server_below_a_path_is_asked_below_that_path():
    with answering(lambda request: request.reply(200, {})) as (url, seen):
        connect(server=f"{url}/clusters/a/").get("/version")

    assert seen[0].path == "/clusters/a/version"


@pytest.mark.parametrize(
    ("settings", "key"),
    [
        ({"kubeconfig": "/none"}, "clusters.paasA.kubeconfig"),
        ({"server": "https://x", "ca_file": "/none"}, "clusters.paasA.ca_file"),
        (
            {"server": "https://x", "client_certificate": "/none", "client_key": "/none"},
            "clusters.paasA.client_certificate",
        ),
        ({"server": "https://x", "token": "env:NONE_OF_THESE"}, "clusters.paasA.token"),
        ({"in_cluster": True}, "clusters.paasA.in_cluster"),
    ],
)
def test_what_cannot_be_used_is_named_by_its_setting(settings, key):
    with pytest.raises(ConfigError) as caught:
        connect(**settings)
    assert caught.value.key == key


def test_an_unknown_context_is_named(tmp_path):
    with pytest.raises(ConfigError, match="paasZ"):
        connect(kubeconfig=kubeconfig(tmp_path, "https://x"), context="paasZ")


def test_a_broken_kubeconfig_is_not_quoted(tmp_path):
    (tmp_path / "config").write_text("users:\n- token: hunter2: [\n")
    with pytest.raises(ConfigError) as caught:
        connect(kubeconfig=str(tmp_path / "config"))
    assert "hunter2" not in str(caught.value)
    assert "line" in str(caught.value)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory) -> tuple[str, str]:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.timezone.utc)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    directory = tmp_path_factory.mktemp("tls")
    (directory / "cert").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (directory / "key").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return str(directory / "cert"), str(directory / "key")


def test_a_certificate_of_the_given_authority_is_taken(certificate):
    with answering(lambda request: request.reply(200, {"ok": 1}), tls=certificate) as (url, _):
        assert connect(server=url, ca_file=certificate[0]).get("/version") == {"ok": 1}


def test_a_certificate_of_nobody_is_refused_with_the_setting_that_helps(certificate):
    with (
        answering(lambda request: request.reply(200, {}), tls=certificate) as (url, seen),
        pytest.raises(Unavailable, match=r"clusters\.paasA\.ca_file"),
    ):
        connect(server=url).get("/version")
    assert seen == []


def test_a_kubeconfig_cannot_switch_the_check_off(certificate, tmp_path):
    with answering(lambda request: request.reply(200, {}), tls=certificate) as (url, seen):
        path = kubeconfig(tmp_path, url, **{"insecure-skip-tls-verify": True})
        with pytest.raises(Unavailable):
            connect(kubeconfig=path).get("/version")
    assert seen == []


def test_verify_tls_false_takes_any_certificate_and_says_so_loudly(certificate, caplog):
    with (
        answering(lambda request: request.reply(200, {"ok": 1}), tls=certificate) as (url, _),
        caplog.at_level(logging.WARNING),
    ):
        assert connect(server=url, verify_tls=False).get("/version") == {"ok": 1}
    assert "verify_tls is false" in caplog.text


def test_a_client_certificate_signs_in(certificate):
    cert, key = certificate
    peers = []

    def behave(request) -> None:
        peers.append(request.connection.getpeercert())
        request.reply(200, {})

    with answering(behave, tls=certificate, client_ca=cert) as (url, _):
        connect(server=url, ca_file=cert, client_certificate=cert, client_key=key).get("/version")
    assert peers[0]["subject"] == ((("commonName", "127.0.0.1"),),)


def test_the_client_library_is_imported_only_to_connect():
    code = "import sys; import paas.kube; sys.exit('kubernetes' in sys.modules or 'urllib3' in sys.modules)"
    lib = Path(kube.__file__).parents[2]
    assert subprocess.run([sys.executable, "-c", code], env={"PYTHONPATH": str(lib)}, check=False).returncode == 0


def test_a_token_that_is_rotated_is_read_again(tmp_path, monkeypatch):
    clock = [1000.0]
    monkeypatch.setattr("paas.kube.connection.time", SimpleNamespace(monotonic=lambda: clock[0]))
    token = tmp_path / "token"
    token.write_text("first")
    with answering(lambda request: request.reply(200, {})) as (url, seen):
        client = connect(server=url, token=f"file:{token}")
        token.write_text("second")
        client.get("/version")
        clock[0] = 1061.0
        client.get("/version")
        token.unlink()
        clock[0] = 1122.0
        client.get("/version")

    assert [each.headers["Authorization"] for each in seen] == ["Bearer first", "Bearer second", "Bearer second"]
