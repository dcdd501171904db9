"""AWS: one account, one region, bounded retries, every page, and errors in AWS's own words."""

from paas.aws.session import Aws, connect

__all__ = ["Aws", "connect"]
