"""Databases: an object's spec, its claim, its password, its RDS instance, and the connection that is published.

The room needs a Vault, a Consul, an AWS account and an API server; it names what it needs of each as a small protocol
and is handed them.
"""

from paas.database.acceptance import Accepted, accept
from paas.database.credentials import Credentials, ensure_credentials
from paas.database.feed import changes
from paas.database.instances import Instance, Instances, has_failed
from paas.database.objects import DatabaseObject, ObjectRef
from paas.database.owners import Owner
from paas.database.progress import advance, report_of_failure
from paas.database.provisioning import provision
from paas.database.specs import DatabaseSpec
from paas.database.status import Report, write_status

__all__ = [
    "Accepted",
    "Credentials",
    "DatabaseObject",
    "DatabaseSpec",
    "Instance",
    "Instances",
    "ObjectRef",
    "Owner",
    "Report",
    "accept",
    "advance",
    "changes",
    "ensure_credentials",
    "has_failed",
    "provision",
    "report_of_failure",
    "write_status",
]
