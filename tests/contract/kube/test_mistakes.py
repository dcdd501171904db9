"""Mistakes put into the stand-in on purpose: the suite must see each, or it guards nothing."""

from functools import partial

import pytest

from lab.standins.kube import changing, deleting, ownership, schemas, watching
from lab.standins.kube.rules import services
from lab.standins.kube.store import Store
from tests.contract.kube import (
    test_apply,
    test_custom_objects,
    test_deletion,
    test_lists,
    test_objects,
    test_services,
    test_watch,
)
from tests.contract.kube.subject import Custom, define, definition, pod_template


def writes_that_compare_no_version(monkeypatch):
    monkeypatch.setattr(changing, "_check_versions", lambda *_: None)


def deletions_that_forget_finalizers(monkeypatch):
    monkeypatch.setattr(deleting, "_finalizers", lambda metadata, options: [])


def preconditions_that_hold_always(monkeypatch):
    monkeypatch.setattr(deleting, "_check_preconditions", lambda *_: None)


def pages_of_different_moments(monkeypatch):
    page = Store.page
    monkeypatch.setattr(Store, "page", lambda store, table, *, version=None, **more: page(store, table, **more))


def a_compaction_that_forgets_nothing(monkeypatch):
    monkeypatch.setattr(Store, "compact", lambda store: store.version)


def a_watch_that_begins_one_event_early(monkeypatch):
    position = Store.position
    monkeypatch.setattr(Store, "position", lambda store, table, version: max(0, position(store, table, version) - 1))
    monkeypatch.setattr(watching._Plan, "line", _without_the_guard(watching._Plan.line))


def _without_the_guard(line):
    def early(plan, event):
        plan.from_version = 0
        return line(plan, event)

    return early


def initial_events_without_their_marker(monkeypatch):
    bookmark = watching._Plan.bookmark
    monkeypatch.setattr(watching._Plan, "bookmark", lambda plan, version, annotations=None: bookmark(plan, version))


def a_lost_label_that_is_a_change(monkeypatch):
    line = watching._Plan.line

    def changed(plan, event):
        return line(plan, event).replace(b'"type":"DELETED"', b'"type":"MODIFIED"')

    monkeypatch.setattr(watching._Plan, "line", changed)


def a_status_that_anyone_writes(monkeypatch):
    monkeypatch.setattr(changing, "_keep", lambda *_: None)


def defaults_that_are_forgotten(monkeypatch):
    monkeypatch.setattr(schemas, "default", lambda schema, value: None)


def ports_given_twice(monkeypatch):
    monkeypatch.setattr(services, "_taken_ports", lambda cluster, value: set())


def fields_without_managers(monkeypatch):
    monkeypatch.setattr(ownership, "record", lambda *_, **__: None)


MISTAKES = [
    (writes_that_compare_no_version, test_objects.test_a_replacement_of_an_older_version_is_a_conflict),
    (deletions_that_forget_finalizers, test_deletion.test_a_finalizer_holds_an_object),
    (preconditions_that_hold_always, test_deletion.test_a_uid_that_is_not_the_objects_stops_a_deletion),
    (pages_of_different_moments, test_lists.test_pages_are_of_one_moment),
    (a_compaction_that_forgets_nothing, test_watch.test_a_forgotten_version_is_410_in_the_stream),
    (a_watch_that_begins_one_event_early, test_watch.test_from_a_version_only_what_came_after_it),
    (initial_events_without_their_marker, test_watch.test_the_initial_events_end_with_a_marked_bookmark),
    (a_lost_label_that_is_a_change, test_watch.test_a_lost_label_is_a_deletion_with_the_old_labels),
    (a_status_that_anyone_writes, test_custom_objects.test_status_is_written_through_its_own_path_only),
    (defaults_that_are_forgotten, test_custom_objects.test_defaults_are_filled_in),
    (ports_given_twice, test_services.test_a_node_port_that_is_taken_is_refused),
    (fields_without_managers, test_apply.test_a_field_set_by_an_update_conflicts_too),
    (a_compaction_that_forgets_nothing, test_lists.test_an_expired_token_is_410_and_offers_another),
]


def arguments_of(kube, test, room):
    """What a test of the suite asks for, in a namespace of its own on this server."""
    namespace = f"/api/v1/namespaces/{room}"
    kube.post("/api/v1/namespaces", {"metadata": {"name": room}})
    wanted = test.__code__.co_varnames[: test.__code__.co_argcount]
    path = f"{namespace}/configmaps"
    found = {"kube": kube, "namespace": namespace, "config_maps": path, "uncached": f"{namespace}/podtemplates"}
    if "custom" in wanted:
        group = f"{room}.example.com"
        define(kube, definition(group))
        found["custom"] = Custom(group, f"/apis/{group}/v1/namespaces/{room}/widgets")
    if "five" in wanted:
        for name in "abcde":
            kube.post(found["uncached"], pod_template(name, labels={"name": name, "vowel": str(name in "ae").lower()}))
        found["five"] = found["uncached"]
    if "make" in wanted:
        found["make"] = partial(make_service, kube, namespace)
    if "apply" in wanted:
        found["apply"] = test_apply.applying(kube, path)
    return {name: found[name] for name in wanted}


def make_service(kube, namespace, name, **spec):
    return kube.post(f"{namespace}/services", {"metadata": {"name": name}, "spec": spec})


@pytest.mark.parametrize(("mistake", "test"), MISTAKES, ids=lambda each: each.__name__)
def test_a_mistake_is_caught(in_process, monkeypatch, mistake, test):
    test(**arguments_of(in_process, test, "right"))
    mistake(monkeypatch)
    given = arguments_of(in_process, test, "wrong")
    monkeypatch.setattr("tests.contract.kube.subject.PATIENCE", 3.0)
    with pytest.raises((AssertionError, KeyError, IndexError, ValueError)):
        test(**given)
