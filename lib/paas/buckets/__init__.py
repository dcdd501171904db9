"""Each cluster's own S3 bucket of configuration files and scripts, and how one is brought up to date from another."""

from paas.buckets.rewriting import Rules
from paas.buckets.syncing import Order, sync

__all__ = ["Order", "Rules", "sync"]
