"""The files of consul_export and of `consul kv export` are the same to either side."""

import subprocess

import pytest

from paas.consul.values import Export, import_keys, read_file

pytestmark = pytest.mark.real


def consul(side, command, *arguments):
    from lab.servers import binary

    argv = [str(binary("consul")), "kv", command, f"-http-addr={side.endpoint.url}", *arguments]
    return subprocess.run(argv, capture_output=True, check=True, timeout=60).stdout


@pytest.fixture
def filled(own_two):
    own_two.source.put_many((f"app/{number}", bytes([number]) * number, number) for number in range(100))
    own_two.source.put("app/ü <&> {{ x }}", b"")
    return own_two


def test_what_the_pack_exports_consul_imports(filled, tmp_path):
    file = tmp_path / "export.json"
    Export.read(filled.source.connect().wire, "app/").write(str(file))
    consul(filled.destination, "import", f"@{file}")
    filled.assert_equal()


def test_what_consul_exports_the_pack_imports(filled, tmp_path):
    file = tmp_path / "export.json"
    file.write_bytes(consul(filled.source, "export", "app/"))
    done = import_keys(filled.destination.connect().wire, read_file(str(file), parameter="file"))
    assert len(done.created) == 101
    filled.assert_equal()
