"""What is carried arrives byte for byte, flags too."""

import pytest


@pytest.mark.parametrize("count", [1, 126, 127, 128, 129, 300])
def test_any_number_of_keys_arrives(two, count):
    two.source.put_many((f"{two.folder}{number}", str(number).encode(), number) for number in range(count))
    report = two.sync()
    assert (report["state"], report["counts"]["written"]) == ("in_step", count)
    two.assert_equal()


def test_one_connection_carries_as_many(two):
    two.source.put_many((f"{two.folder}{number}", str(number).encode(), number) for number in range(300))
    assert two.sync(connections=1)["counts"]["written"] == 300
    two.assert_equal()


def test_what_is_in_step_is_left_alone(two):
    two.source.put_many((f"{two.folder}{number}", b"v", 0) for number in range(10))
    two.sync()
    before = two.destination.entries(two.folder)
    report = two.sync()
    assert (report["state"], report["counts"]["written"]) == ("in_step", 0)
    assert two.destination.entries(two.folder) == before


def test_flags_binary_and_empty_values_are_exact(two):
    two.source.put(f"{two.folder}largest-flags", b"", flags=2**64 - 1)
    two.source.put(f"{two.folder}every-byte", bytes(range(256)), flags=42)
    two.source.put(f"{two.folder}a/folder/", b"")
    two.sync()
    two.assert_equal()


def test_changed_flags_alone_are_carried(two):
    two.source.put(f"{two.folder}a", b"v", flags=1)
    two.sync()
    two.source.put(f"{two.folder}a", b"v", flags=2)
    two.sync()
    two.assert_equal()


@pytest.mark.parametrize("size", [380_000, 393_216, 400_000, 524_288])
def test_large_values_are_carried(two, size):
    value = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    two.source.put(f"{two.folder}large", value, flags=7)
    two.source.put(f"{two.folder}small", b"v")
    assert two.sync()["state"] == "in_step"
    two.assert_equal()
    two.source.put(f"{two.folder}large", value[::-1], flags=8)
    assert two.sync()["state"] == "in_step"
    two.assert_equal()
    two.source.delete(f"{two.folder}large")
    assert two.sync(share=1.0)["counts"]["deleted"] == 1
    two.assert_equal()


def test_many_large_values_are_split_over_transactions(two):
    two.source.put_many((f"{two.folder}{number}", b"x" * 5_000, 0) for number in range(64))
    for number in range(8):
        two.source.put(f"{two.folder}big-{number}", b"y" * 150_000)
    assert two.sync()["state"] == "in_step"
    two.assert_equal()


def test_keys_with_every_byte_are_carried(two):
    in_ascii = [f"{two.folder}ascii-{letter}-{chr(letter)}x" for letter in range(128)]
    in_ascii += [two.folder + "".join(map(chr, range(128)))]
    two.source.put_many((name, f"ascii {number}".encode(), number) for number, name in enumerate(in_ascii))
    names = [f"{two.folder}above-".encode() + bytes([byte]) for byte in range(128, 256)]
    names += [f"{two.folder}{name}".encode() for name in ("ü/é", "a//b", "../up", "a/./b", "😀", "{{ x }}", "\ufffd")]
    names.append(f"{two.folder}two-".encode() + b"\xff\xfe-bytes")
    for number, name in enumerate(names):
        two.source.put(name, f"value {number}".encode(), flags=number)
    report = two.sync()
    assert report["state"] == "in_step", report
    for number, name in enumerate(names):
        assert two.destination.value(name) == f"value {number}".encode(), name
    carried = two.destination.tree(two.folder)
    assert all(carried[name] == (f"ascii {number}".encode(), number) for number, name in enumerate(in_ascii))
    assert two.sync()["counts"]["written"] == 0


def test_a_large_value_under_a_name_that_consul_takes_in_no_path_is_reported(two):
    two.source.put_many([(f"{two.folder}bell\a", b"x" * 380_000, 0), (f"{two.folder}a", b"v", 0)])
    syncer = two.syncer()
    for _ in range(2):
        report = syncer.once()
        assert report.as_dict()["differences"]["refused_by_consul"]["count"] == 1
    assert set(two.destination.tree(two.folder)) == {f"{two.folder}a"}


def test_a_key_that_is_no_utf8_is_deleted_and_changed_like_any_other(two):
    name = f"{two.folder}x".encode() + b"\xff"
    two.source.put(name, b"1")
    two.sync()
    two.source.put(name, b"2")
    two.sync()
    assert two.destination.value(name) == b"2"
    two.source.delete(name)
    assert two.sync(share=1.0)["counts"]["deleted"] == 1
    assert two.destination.value(name) is None


def test_folders_whose_names_begin_alike_are_apart(two):
    for key in ("a", "a/", "a/b", "ab/c", "a-b/c"):
        two.source.put(f"{two.folder}{key}", key.encode())
    report = two.sync(prefixes=(f"{two.folder}a/", f"{two.folder}a/b/"))
    assert report["counts"]["source_keys"] == 2
    assert set(two.destination.tree(two.folder)) == {f"{two.folder}a/", f"{two.folder}a/b"}


def test_what_is_excluded_stays_away_unless_it_is_named(two):
    for key in ("a", "no/b", "no/but/c"):
        two.source.put(f"{two.folder}{key}")
    two.sync(prefixes=(two.folder, f"{two.folder}no/but/"), exclude=(f"{two.folder}no/",))
    assert set(two.destination.tree(two.folder)) == {f"{two.folder}a", f"{two.folder}no/but/c"}


def test_a_folder_gets_another_name_where_the_pair_says_so(two):
    two.source.put(f"{two.folder}old/a", b"1")
    two.source.put(f"{two.folder}other", b"2")
    two.sync(key_map={f"{two.folder}old/": f"{two.folder}new/x/"})
    assert set(two.destination.tree(two.folder)) == {f"{two.folder}new/x/a", f"{two.folder}other"}
    two.source.delete(f"{two.folder}old/a")
    two.sync(key_map={f"{two.folder}old/": f"{two.folder}new/x/"}, share=1.0)
    assert set(two.destination.tree(two.folder)) == {f"{two.folder}other"}


def test_two_keys_that_would_get_one_name_are_both_left_and_reported(two):
    two.source.put(f"{two.folder}old/a", b"1")
    two.source.put(f"{two.folder}new/a", b"2")
    report = two.sync(key_map={f"{two.folder}old/": f"{two.folder}new/"})
    assert report["differences"]["two_keys_with_one_name"]["count"] == 1
    assert (report["state"], two.destination.tree(two.folder)) == ("lagging", {})


def test_a_vaults_own_storage_is_left_alone(own_two):
    for root in ("vault/", "vault-of-another/"):
        for key in ("core/seal-config", "core/keyring", "logical/x"):
            own_two.source.put(f"{root}{key}")
    own_two.source.put("app/a")
    report = own_two.sync()
    assert set(own_two.destination.tree()) == {"app/a"}
    assert "vault-of-another/" in report["vault_storage_left_alone"]


def test_a_vaults_storage_that_is_named_is_carried(own_two):
    own_two.source.put("vault/core/seal-config")
    own_two.source.put("vault/core/keyring")
    own_two.sync(prefixes=("vault/",))
    assert set(own_two.destination.tree()) == {"vault/core/seal-config", "vault/core/keyring"}


def test_the_values_of_locked_keys_are_carried_and_their_locks_are_not(two):
    session = two.source.lock(f"{two.folder}lock")
    report = two.sync()
    assert report["counts"]["locked_on_source"] == 1
    (entry,) = two.destination.entries(two.folder)
    assert "Session" not in entry
    assert two.destination.value(f"{two.folder}lock") == b"held"
    assert session


def test_one_consul_as_both_sides_is_refused(two):
    from paas.errors import Refused

    same = two.source.connect()
    with pytest.raises(Refused, match="the same Consul"):
        two.syncer(source=same, destination=two.source.connect()).once()
