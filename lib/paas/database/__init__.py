"""Databases: an object's spec, its claim, its password, its RDS database, the connection that is published, its end.

The room needs a Vault, a Consul, an AWS account and an API server; it names what it needs of each as a small protocol
and is handed them.
"""

from paas.database.acceptance import Accepted, accept
from paas.database.account import Instances
from paas.database.by_hand import ask_for, look_at, retire
from paas.database.copies import Elsewhere
from paas.database.credentials import Credentials, SecretStore, ensure_credentials
from paas.database.deletion import Progress, Services, delete, let_go
from paas.database.events import tell
from paas.database.feed import changes
from paas.database.handover import Side, hand_over
from paas.database.instances import Instance, has_failed, owned, recognised
from paas.database.listing import Asking, asking, databases, kinds_of
from paas.database.objects import DatabaseObject, ObjectRef, claims_on
from paas.database.owners import Owner
from paas.database.progress import Place, advance, modify, report_of_failure
from paas.database.provisioning import provision
from paas.database.publishing import unpublish
from paas.database.reconciling import Means, reconcile
from paas.database.restoring import restore
from paas.database.rotation import rotate
from paas.database.snapshots import Snapshots
from paas.database.specs import DatabaseSpec, read_spec
from paas.database.status import Report, write_status

__all__ = [
    "Accepted",
    "Asking",
    "Credentials",
    "DatabaseObject",
    "DatabaseSpec",
    "Elsewhere",
    "Instance",
    "Instances",
    "Means",
    "ObjectRef",
    "Owner",
    "Place",
    "Progress",
    "Report",
    "SecretStore",
    "Services",
    "Side",
    "Snapshots",
    "accept",
    "advance",
    "ask_for",
    "asking",
    "changes",
    "claims_on",
    "databases",
    "delete",
    "ensure_credentials",
    "hand_over",
    "has_failed",
    "kinds_of",
    "let_go",
    "look_at",
    "modify",
    "owned",
    "provision",
    "read_spec",
    "recognised",
    "reconcile",
    "report_of_failure",
    "restore",
    "retire",
    "rotate",
    "tell",
    "unpublish",
    "write_status",
]
