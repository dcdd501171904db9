"""Nodes: labelled with the region and zone that EC2 says they are in, so that the scheduler spreads pods over zones."""

from paas.nodes.zones import label_zones

__all__ = ["label_zones"]
