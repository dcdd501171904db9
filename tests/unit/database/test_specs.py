import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paas.database.specs import DatabaseSpec, read_spec
from paas.errors import InvalidInput, PaasError, Refused
from paas.settings import AllowedDatabases, DatabaseDefaults, DatabaseSettings


def read(found, settings):
    return read_spec(found, name="orders", settings=settings)


def database(**spec):
    return {"kind": "Database", "metadata": {"name": "orders"}, "spec": spec}


def test_what_an_object_leaves_out_comes_from_the_defaults(settings):
    spec = read(database(), settings)
    assert spec == DatabaseSpec(
        engine="mysql",
        version="8.0",
        instance_class="db.t3.micro",
        storage_gib=20,
        multi_az=False,
        database_name="orders",
        username="paas",
        backup_retention_days=7,
        deletion_policy="Snapshot",
    )


def test_what_an_object_says_wins(settings):
    spec = read(
        database(version="8.0.36", storageGiB=50, multiAZ=True, databaseName="Shop1", backupRetentionDays=0), settings
    )
    assert (spec.version, spec.storage_gib, spec.multi_az, spec.database_name, spec.backup_retention_days) == (
        "8.0.36",
        50,
        True,
        "Shop1",
        0,
    )


def test_a_third_party_object_says_it_in_labels_and_annotations(settings):
    found = {
        "kind": "RdsInstance",
        "metadata": {
            "labels": {"type": "mysql", "storageGiB": "30"},
            "annotations": {"paas.internal/storageGiB": "40", "paas.internal/multiAZ": "true"},
        },
    }
    spec = read(found, settings)
    assert (spec.engine, spec.storage_gib, spec.multi_az) == ("mysql", 40, True)


def test_labels_of_a_database_decide_nothing(settings):
    found = database()
    found["metadata"]["labels"] = {"type": "oracle", "class": "db.x1e.32xlarge"}
    assert read(found, settings).engine == "mysql"


@pytest.mark.parametrize(
    ("spec", "setting"),
    [
        ({"engine": "oracle"}, "databases.allow.engines"),
        ({"version": "5.7"}, "databases.allow.engines.mysql"),
        ({"version": "8.01"}, "databases.allow.engines.mysql"),
        ({"class": "db.x1e.32xlarge"}, "databases.allow.classes"),
        ({"storageGiB": 101}, "databases.allow.max_storage_gib"),
        ({"deletionPolicy": "Delete"}, "databases.allow.deletion_policies"),
    ],
)
def test_a_refusal_names_the_setting_that_would_allow_it(settings, spec, setting):
    with pytest.raises(Refused) as refused:
        read(database(**spec), settings)
    assert refused.value.setting == setting
    assert setting in str(refused.value)


def test_an_empty_allow_list_refuses_everything():
    with pytest.raises(Refused, match=r"databases\.allow\.engines allows nothing"):
        read(database(), DatabaseSettings())


def test_retention_and_a_standby_can_be_refused(settings):
    allow = dataclasses.replace(settings.allow, max_backup_retention_days=3, multi_az=False)
    strict = dataclasses.replace(settings, allow=allow)
    for spec, setting in (({}, "max_backup_retention_days"), ({"multiAZ": True, "backupRetentionDays": 1}, "multi_az")):
        with pytest.raises(Refused) as refused:
            read(database(**spec), strict)
        assert refused.value.setting == f"databases.allow.{setting}"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("engine", 5),
        ("engine", "mysql; DROP"),
        ("engine", "mysqł"),
        ("version", 8.0),
        ("class", {"a": 1}),
        ("storageGiB", -5),
        ("storageGiB", 19),
        ("storageGiB", "many"),
        ("storageGiB", True),
        ("storageGiB", 20.5),
        ("multiAZ", "yes"),
        ("multiAZ", 1),
        ("databaseName", "select"),
        ("databaseName", "1st"),
        ("databaseName", "a-b"),
        ("backupRetentionDays", 36),
        ("deletionPolicy", "Keep"),
        ("engine", "{{ st2kv.system.token }}"),
    ],
)
def test_a_field_that_cannot_be_used_is_named(settings, field, value):
    with pytest.raises(InvalidInput) as refused:
        read(database(**{field: value}), settings)
    assert refused.value.parameter == field


def test_a_megabyte_in_a_field_makes_a_short_sentence(settings):
    with pytest.raises(InvalidInput) as refused:
        read(database(engine="x" * 1_000_000), settings)
    assert len(str(refused.value)) < 300


def test_a_default_version_is_for_the_default_engine_alone(settings):
    allow = AllowedDatabases(
        engines={"mysql": (), "postgres": ("16",), "mariadb": ()}, classes=("db.t3.micro",), max_storage_gib=20
    )
    chosen = DatabaseSettings(allow=allow, defaults=DatabaseDefaults(version="8.4"))
    assert read(database(), chosen).version == "8.4"
    assert read(database(engine="postgres"), chosen).version == "16"
    assert read(database(engine="mariadb"), chosen).version is None


def test_a_spec_comes_back_from_plain_json(spec):
    assert DatabaseSpec.from_dict(spec.as_dict()) == spec


def test_a_spec_of_unknown_keys_is_no_spec(spec):
    with pytest.raises(InvalidInput):
        DatabaseSpec.from_dict({**spec.as_dict(), "public": True})


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=20), inner, max_size=3),
    max_leaves=8,
)
fields = st.sampled_from(
    ["engine", "version", "class", "storageGiB", "multiAZ", "databaseName", "backupRetentionDays", "deletionPolicy"]
)
hostile = st.fixed_dictionaries(
    {},
    optional={
        "kind": st.sampled_from(["Database", "Other"]) | anything,
        "spec": anything | st.dictionaries(fields, anything),
        "metadata": anything
        | st.fixed_dictionaries(
            {},
            optional={
                "labels": anything | st.dictionaries(fields | st.just("type"), anything),
                "annotations": anything | st.dictionaries(fields.map("paas.internal/{}".format), anything),
            },
        ),
    },
)


@given(hostile)
def test_no_object_breaks_the_reading(found):
    allow = AllowedDatabases(engines={"mysql": ()}, classes=("db.t3.micro",), max_storage_gib=100)
    said = ""
    try:
        read(found, DatabaseSettings(allow=allow))
    except PaasError as error:
        said = str(error)
    assert len(said) < 500
