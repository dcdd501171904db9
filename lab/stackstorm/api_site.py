"""What the API answers about the datastore, configs, packs and the caller."""

from __future__ import annotations

from pathlib import Path

from lab.stackstorm.api_routing import Answer, Request, route


@route("GET", "/keys")
def list_keys(request: Request) -> Answer:
    """A page of the datastore."""
    keys = request.service.datastore.list(
        prefix=request.query.get("prefix", ""),
        scope=request.query.get("scope", "system"),
        limit=min(request.number("limit", 100), 1000),
        offset=request.number("offset", 0),
    )
    return 200, [key.as_json() for key in keys]


@route("GET", "/keys/*")
def get_key(request: Request, name: str) -> Answer:
    """One item of the datastore."""
    scope = request.query.get("scope", "system")
    return 200, request.service.datastore.get(name, scope=scope, decrypt=request.flag("decrypt")).as_json()


@route("PUT", "/keys/*")
def set_key(request: Request, name: str) -> Answer:
    """Write one item: `{value, secret, ttl, scope}`."""
    body = request.body
    key = request.service.datastore.set(
        name,
        body["value"],
        scope=body.get("scope") or "system",
        secret=bool(body.get("secret")),
        ttl=body.get("ttl"),
    )
    return 200, key.as_json()


@route("DELETE", "/keys/*")
def delete_key(request: Request, name: str) -> Answer:
    """Delete one item."""
    request.service.datastore.delete(name, scope=request.query.get("scope", "system"))
    return 204, None


@route("GET", "/configs/*")
def get_config(request: Request, pack: str) -> Answer:
    """A pack's config as it was written; with `resolved`, as actions and sensors get it."""
    service = request.service
    return 200, service.config_of(pack, "stanley") if request.flag("resolved") else service.written_config(pack)


@route("GET", "/user")
def get_user(request: Request) -> Answer:
    """Who the caller is."""
    return 200, {
        "username": "stanley",
        "authentication": {"method": "authentication token", "location": "header"},
        "rbac": {"enabled": False, "roles": [], "is_admin": True},
    }


@route("GET", "/packs")
def list_packs(request: Request) -> Answer:
    """The packs, and where they lie."""
    packs = request.service.registry.packs.values()
    return 200, [{"ref": pack.ref, "version": pack.version, "path": str(Path(pack.directory))} for pack in packs]
