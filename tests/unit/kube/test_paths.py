"""Paths read back into what they name, as errors print it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paas.kube import paths


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/api/v1/namespaces", "namespaces in all namespaces"),
        ("/api/v1/namespaces/shop", "namespaces shop"),
        ("/api/v1/namespaces/shop/status", "namespaces/status shop"),
        ("/api/v1/namespaces/shop/secrets/db", "secrets shop/db"),
        ("/apis/paas.internal/v1/databases", "databases.paas.internal in all namespaces"),
        (
            "/apis/paas.internal/v1/namespaces/shop/databases/orders/status",
            "databases.paas.internal/status shop/orders",
        ),
        ("/apis/extensions/v1beta1/watch/thirdpartyresources", "thirdpartyresources.extensions in all namespaces"),
        ("/version", "/version"),
        ("/apis/apps/v1", "/apis/apps/v1"),
    ],
)
def test_a_path_is_shown_as_what_it_names(path, shown):
    assert str(paths.parse(path)) == shown


names = st.text(alphabet="abc.-%/?:é", min_size=1, max_size=12)


@given(namespace=names, name=names)
def test_names_survive_the_way_into_a_path_and_back(namespace, name):
    path = paths.collection("g.example", "v1", "things", namespace) + "/" + paths.quote(name, safe="")
    target = paths.parse(path)

    assert (target.group, target.plural, target.namespace, target.name) == ("g.example", "things", namespace, name)
