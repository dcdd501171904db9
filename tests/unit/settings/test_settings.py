import pytest
from hypothesis import given
from hypothesis import strategies as st

from paas.errors import ConfigError, PaasError
from paas.settings import Settings

WORKING = {
    "clusters": {"paasA": {"kubeconfig": "/k", "consul": "a", "vault": "a"}},
    "consul": {
        "a": {"address": "https://consul.example.com:8501"},
        "b": {"address": "https://b.example.com:8501"},
    },
    "consul_sync": {"over": {"source": "a", "destination": "b"}},
    "vault": {"a": {"address": "https://vault.example.com", "auth": {"token": "datastore:t"}}},
    "third_party": {"groups": [{"group": "paas.internal", "clusters": ["paasA"]}]},
}


def changed(path, value):
    """The working configuration with one key changed."""

    def put(config, keys):
        first, *rest = keys
        return {**config, first: put(config.get(first, {}), rest) if rest else value}

    return put(WORKING, path.split("."))


def test_nothing_at_all_is_a_configuration():
    assert Settings.load(None).databases.allow.engines == {}


def test_a_cluster_knows_its_own_consul_and_vault():
    settings = Settings.load(WORKING)
    assert settings.consul_of("paasA").address == "https://consul.example.com:8501"
    assert settings.vault_of("paasA").auth.token == "datastore:t"


def test_null_counts_as_left_out():
    assert Settings.load(changed("clusters.paasA.context", None)).cluster("paasA").context is None


@pytest.mark.parametrize(
    ("path", "value", "key", "expected"),
    [
        ("cluster", {}, "cluster", "expected one of clusters"),
        ("clusters.paasA.kubeconf", "/k", "clusters.paasA.kubeconf", "kubeconfig"),
        ("clusters.paasA.kubeconfig", 5, "clusters.paasA.kubeconfig", "a string"),
        ("clusters.paasA.server", "https://x", "clusters.paasA", "exactly one of"),
        ("clusters.paasA.client_key", "/key", "clusters.paasA.client_certificate", "goes with client_key"),
        ("clusters.paasA.consul", "c", "clusters.paasA.consul", "configured: a, b"),
        ("consul_sync.over.source", "c", "consul_sync.over.source", "configured: a, b"),
        ("consul_sync.over.destination", "a", "consul_sync.over.destination", "another profile"),
        ("consul_sync.over.prefixes", ["shop"], "consul_sync.over.prefixes", "a slash at its end"),
        ("consul_sync.over.prefixes", [], "consul_sync.over.prefixes", "everything"),
        ("consul_sync.over.exclude", [""], "consul_sync.over.exclude", "a folder"),
        ("consul_sync.over.key_map", {"a/": "b"}, "consul_sync.over.key_map", "a slash at its end"),
        ("consul_sync.over.key_map", {"a/": "paas-sync/x/"}, "consul_sync.over.key_map", "the sync itself"),
        ("consul_sync.over.on_drift", "undo", "consul_sync.over.on_drift", "report, repair"),
        ("consul_sync.over.max_delete_share", 2, "consul_sync.over.max_delete_share", "at most 1"),
        ("consul_sync.a/b", {"source": "a", "destination": "b"}, "consul_sync.a/b", "without a slash"),
        ("vault.a.allow", [{"paths": ["x"]}], "vault.a.allow[0].namespaces", "is missing"),
        (
            "vault.a.allow",
            [{"paths": [], "namespaces": [], "clusters": ["x"]}],
            "vault.a.allow[0].clusters",
            "configured: paasA",
        ),
        ("consul.a.address", "consul:8500", "consul.a.address", "https://consul.example.com"),
        ("consul.a.timeout", 0, "consul.a.timeout", "at least 0.1"),
        ("consul.a.token", "s3cret", "consul.a.token", "datastore:NAME"),
        ("vault.a.auth.method", "ldap", "vault.a.auth.method", "token, approle, kubernetes"),
        ("vault.a.auth.method", "approle", "vault.a.auth.role_id", "needs it"),
        ("aws.region", True, "aws.region", "a string"),
        ("databases.defaults.storage_gib", "20", "databases.defaults.storage_gib", "a whole number"),
        ("databases.defaults.storage_gib", 5, "databases.defaults.storage_gib", "at least 20"),
        ("databases.defaults.backup_retention_days", 36, "databases.defaults.backup_retention_days", "at most 35"),
        (
            "databases.defaults.deletion_policy",
            "Keep",
            "databases.defaults.deletion_policy",
            "Retain, Snapshot, Delete",
        ),
        ("databases.defaults.username", "a b", "databases.defaults.username", "a letter first"),
        ("databases.allow.engines", ["mysql"], "databases.allow.engines", "a mapping"),
        ("databases.allow.classes", "db.t3.micro", "databases.allow.classes", "a list"),
        ("databases.keys.consul", "{ns}/x", "databases.keys.consul", "{namespace}"),
        ("databases.keys.consul", "{namespace.__class__}", "databases.keys.consul", "{namespace}"),
        ("databases.keys.consul", "shared", "databases.keys.consul", "{namespace}"),
        ("databases.keys.consul", "/{namespace}", "databases.keys.consul", "no slash at either end"),
        ("databases.keys.vault", "{namespace}", "databases.keys.vault", "mount"),
        ("third_party.groups", [{"clusters": []}], "third_party.groups[0].group", "is missing"),
        ("third_party.groups", [{"group": "g", "clusters": ["x"]}], "third_party.groups[0].clusters", "paasA"),
    ],
)
def test_a_wrong_key_is_named_with_what_would_be_right(path, value, key, expected):
    with pytest.raises(ConfigError) as refused:
        Settings.load(changed(path, value))
    assert refused.value.key == key
    assert expected in str(refused.value)


@pytest.mark.parametrize(
    "path", ["consul.a.token", "vault.a.auth.token", "aws.secret_access_key", "clusters.paasA.token"]
)
def test_a_secret_that_stands_in_the_configuration_is_not_repeated(path):
    with pytest.raises(ConfigError) as refused:
        Settings.load(changed(path, "planted-value"))
    assert "planted-value" not in str(refused.value)


def test_a_cluster_without_a_vault_says_what_is_missing():
    with pytest.raises(ConfigError, match=r"clusters\.paasA\.vault.*name of a vault profile"):
        Settings.load({"clusters": {"paasA": {"in_cluster": True}}}).vault_of("paasA")


def test_the_keys_of_an_object_follow_the_templates():
    keys = Settings.load(changed("databases.keys.consul", "{namespace}")).databases.keys
    where = {"cluster": "paasA", "namespace": "shop", "name": "orders"}
    assert keys.consul_prefix(**where) == "shop"
    assert keys.vault_path(**where) == "secret/shop/orders/rds"


def test_groups_without_clusters_are_watched_in_all_of_them():
    settings = Settings.load({"third_party": {"groups": [{"group": "a"}, {"group": "b"}]}})
    assert settings.third_party.groups_of("anywhere") == {"a", "b"}


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=3),
    max_leaves=10,
)
sections = st.fixed_dictionaries(
    {},
    optional={
        "clusters": st.dictionaries(
            st.text(max_size=5), st.dictionaries(st.sampled_from(["kubeconfig", "server"]), anything)
        ),
        "consul": anything,
        "vault": st.dictionaries(st.text(max_size=5), anything),
        "databases": st.dictionaries(st.sampled_from(["defaults", "allow", "platform", "keys"]), anything) | anything,
        "third_party": st.fixed_dictionaries({"groups": anything}) | anything,
    },
)


@given(sections)
def test_no_configuration_raises_anything_but_a_sentence(config):
    said = ""
    try:
        Settings.load(config)
    except PaasError as error:
        said = str(error)
    assert len(said) < 1000
