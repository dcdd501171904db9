"""Action `kubernetes.nodes_label_zones`."""

from typing import Any

from paas_pack.actions import PaasAction


class NodesLabelZones(PaasAction):
    def perform(self, *, cluster: str, node: str | None = None, dry_run: bool = False) -> dict[str, Any]:
        from paas import nodes

        return nodes.label_zones(
            self.kube(cluster), self.aws, region=self.settings.aws.region, node=node, dry_run=dry_run
        )
