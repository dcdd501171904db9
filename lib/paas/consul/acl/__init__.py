"""ACL policies, roles and tokens of one Consul on another one (Consul 1.4 and later)."""

from paas.consul.acl.carrying import AclCarrier, AclPlan

__all__ = ["AclCarrier", "AclPlan"]
