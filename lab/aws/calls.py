"""Which AWS call a request on the wire is: service, action, parameters, and whether it only reads."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote

from lab.standins.httpd import Request

SCOPE = re.compile(r"Credential=[^/]*/\d+/(?P<region>[^/]+)/(?P<service>[^/]+)/aws4_request")
SECRET = re.compile(r"password|secret|token|authorization", re.IGNORECASE)
READING = ("Describe", "Get", "List", "Head")
# Classic and newer load balancers sign with one name; their API versions tell them apart.
ELB_VERSIONS = {"2012-06-01": "elb", "2015-12-01": "elbv2"}
SERVICES = {"elasticloadbalancing": "elb"}
S3_SUBRESOURCES = (
    ("versions", "ObjectVersions"), ("versioning", "BucketVersioning"), ("tagging", "Tagging"), ("acl", "Acl"),
    ("policy", "BucketPolicy"), ("location", "BucketLocation"), ("lifecycle", "BucketLifecycle"),
    ("encryption", "BucketEncryption"), ("attributes", "ObjectAttributes"),
)  # fmt: skip


@dataclass(frozen=True)
class Call:
    """One AWS call. `params` is the flat form of the wire (`Instances.member.1.InstanceId`); S3 has Bucket and Key."""

    service: str
    action: str
    region: str = ""
    params: dict[str, str] = field(default_factory=dict, hash=False)

    @property
    def name(self) -> str:
        """`rds:CreateDBInstance`, as IAM writes it."""
        return f"{self.service}:{self.action}"

    @property
    def reading(self) -> bool:
        """Whether the call changes nothing."""
        return self.action.startswith(READING) or self.action in ("AssumeRole", "DecodeAuthorizationMessage")

    def shown_params(self) -> dict[str, str]:
        """The parameters with whatever looks like a secret masked."""
        return {name: "***" if SECRET.search(name) else value for name, value in self.params.items()}

    def members(self, list_name: str, field_name: str = "") -> list[str]:
        """The values of a list parameter, in order (`Instances`, `InstanceId`)."""
        ending = rf"\.{re.escape(field_name)}" if field_name else ""
        pattern = re.compile(rf"{re.escape(list_name)}\.(?:member\.|[A-Za-z]+\.)?(\d+){ending}$")
        found = [(int(match[1]), value) for name, value in self.params.items() if (match := pattern.match(name))]
        return [value for _, value in sorted(found)]


def identify(request: Request) -> Call:
    """The AWS call that a request is; unknown ones get the service `unknown`."""
    scope = SCOPE.search(request.headers.get("authorization", "")) or SCOPE.search(_presigned(request))
    service = scope["service"] if scope else ""
    region = scope["region"] if scope else ""
    params = {name: values[0] for name, values in request.query.items()}
    if request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        params |= dict(parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True))
    if action := params.pop("Action", ""):
        version = params.pop("Version", "")
        service = ELB_VERSIONS.get(version, SERVICES.get(service, service or "unknown"))
        return Call(service, action, region, params)
    if service in ("s3", ""):
        return _s3_call(request, region, params)
    return Call(service, f"{request.method} {request.path}", region, params)


def _presigned(request: Request) -> str:
    return "Credential=" + request.arg("X-Amz-Credential")


def _s3_call(request: Request, region: str, params: dict[str, str]) -> Call:
    bucket, _, key = unquote(request.path).lstrip("/").partition("/")
    params = {**params, "Bucket": bucket, "Key": key}
    for header in ("if-match", "if-none-match", "x-amz-copy-source"):
        if header in request.headers:
            params[header] = request.headers[header]
    return Call("s3", _s3_action(request, bucket, key), region, params)


def _s3_action(request: Request, bucket: str, key: str) -> str:
    verb = request.method.capitalize()
    if not bucket:
        return "ListBuckets"
    for name, action in S3_SUBRESOURCES:
        if request.has(name):
            whose = "Object" if key and name in ("tagging", "acl") else ""
            return f"{'List' if name == 'versions' else verb}{whose}{action}"
    if not key:
        if request.method == "POST" and request.has("delete"):
            return "DeleteObjects"
        return {"GET": "ListObjects", "PUT": "CreateBucket"}.get(request.method, f"{verb}Bucket")
    if request.has("uploads") or request.has("uploadId"):
        return _s3_multipart(request)
    if request.method == "PUT" and "x-amz-copy-source" in request.headers:
        return "CopyObject"
    return f"{verb}Object"


def _s3_multipart(request: Request) -> str:
    if request.method == "POST":
        return "CreateMultipartUpload" if request.has("uploads") else "CompleteMultipartUpload"
    return {"PUT": "UploadPart", "DELETE": "AbortMultipartUpload"}.get(request.method, "ListParts")
