"""AWS answers as XML: an error in the shape that each service uses, and documents read and written again."""

from __future__ import annotations

import uuid
from typing import Any
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from lab.standins.httpd import Response

# Errors by the code that AWS uses: the HTTP status, and AWS's own words where a rule gives none.
KNOWN_ERRORS: dict[str, tuple[int, str]] = {
    "Throttling": (400, "Rate exceeded"),
    "RequestLimitExceeded": (503, "Request limit exceeded."),
    "SlowDown": (503, "Please reduce your request rate."),
    "AccessDenied": (403, "User: arn:aws:iam::123456789012:user/lab is not authorized to perform this operation"),
    "UnauthorizedOperation": (403, "You are not authorized to perform this operation."),
    "ExpiredToken": (403, "The security token included in the request is expired"),
    "InternalFailure": (500, "The request processing has failed because of an unknown error."),
    "ServiceUnavailable": (503, "The request has failed due to a temporary failure of the server."),
    "InstanceQuotaExceeded": (400, "Cannot create the DB instance because the quota of DB instances is reached."),
    "StorageQuotaExceeded": (400, "The request would result in you exceeding the allowed amount of storage."),
    "InsufficientDBInstanceCapacity": (
        400,
        "The specified DB instance class isn't available in the specified Availability Zone.",
    ),
    "InvalidParameterValue": (400, "The parameter value is not valid."),
    "InvalidParameterCombination": (400, "The parameters cannot be used together."),
    "InvalidDBInstanceState": (400, "Database instance is not in available state."),
    "InvalidDBClusterStateFault": (400, "The DB cluster is not in a valid state."),
    "DBInstanceNotFound": (404, "DBInstance not found."),
    "DBClusterNotFoundFault": (404, "DBCluster not found."),
    "DBInstanceAlreadyExists": (400, "DB instance already exists"),
    "DBClusterAlreadyExistsFault": (400, "DB cluster already exists"),
}


def error(service: str, code: str, *, message: str = "", status: int = 0) -> Response:
    """An error answer as `service` would write it."""
    known_status, known_message = KNOWN_ERRORS.get(code, (400, code))
    status, text = status or known_status, escape(message or known_message)
    request_id = uuid.uuid4()
    if service == "ec2":
        body = (
            f"<Response><Errors><Error><Code>{code}</Code><Message>{text}</Message></Error></Errors>"
            f"<RequestID>{request_id}</RequestID></Response>"
        )
    elif service == "s3":
        body = f"<Error><Code>{code}</Code><Message>{text}</Message><RequestId>{request_id}</RequestId></Error>"
    else:
        kind = "Sender" if status < 500 else "Receiver"
        body = (
            f"<ErrorResponse><Error><Type>{kind}</Type><Code>{code}</Code><Message>{text}</Message></Error>"
            f"<RequestId>{request_id}</RequestId></ErrorResponse>"
        )
    document = '<?xml version="1.0" encoding="UTF-8"?>\n' + body
    return Response(status, document.encode(), {"Content-Type": "text/xml", "x-amzn-RequestId": str(request_id)})


def error_of(service: str, spec: Any) -> Response:
    """An error from a rule: a code, or `{"code", "message", "status"}`."""
    if isinstance(spec, str):
        return error(service, spec)
    return error(service, spec["code"], message=spec.get("message", ""), status=int(spec.get("status", 0)))


class Document:
    """An XML answer whose elements are found by their plain names, whatever the namespace."""

    def __init__(self, root: ElementTree.Element) -> None:
        self.root = root

    @classmethod
    def parse(cls, body: bytes) -> Document | None:
        """The document, or None where the body is no XML."""
        try:
            return cls(ElementTree.fromstring(body))  # noqa: S314 - it comes from the lab's own moto
        except ElementTree.ParseError:
            return None

    @property
    def namespace(self) -> str:
        """The root's namespace in ElementTree's braces, or nothing."""
        return self.root.tag.partition("}")[0] + "}" if self.root.tag.startswith("{") else ""

    def all(self, name: str) -> list[ElementTree.Element]:
        """Every element of this name, wherever it stands."""
        return list(self.root.iter(self.namespace + name))

    def child(self, element: ElementTree.Element, name: str) -> ElementTree.Element | None:
        """One child of an element by its plain name."""
        return element.find(self.namespace + name)

    def text(self, element: ElementTree.Element, name: str) -> str:
        """The text of a child, empty where there is none."""
        return element.findtext(self.namespace + name, "") or ""

    def put(self, element: ElementTree.Element, name: str, text: str) -> None:
        """Set the text of a child, made where it is missing."""
        child = self.child(element, name)
        if child is None:
            child = ElementTree.SubElement(element, self.namespace + name)
        child.text = text

    def drop(self, element: ElementTree.Element, name: str) -> None:
        """Take a child out."""
        child = self.child(element, name)
        if child is not None:
            element.remove(child)

    def body(self) -> bytes:
        """The document as bytes again."""
        namespace = self.namespace.strip("{}")
        for element in self.root.iter():  # a name without a namespace cannot stand under a default one
            if namespace and not element.tag.startswith("{"):
                element.tag = self.namespace + element.tag
        return bytes(
            ElementTree.tostring(self.root, encoding="utf-8", xml_declaration=True, default_namespace=namespace or None)
        )
