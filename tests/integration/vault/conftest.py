import lab.stackstorm.lent

lab.stackstorm.lent.lend()

from tests.integration.vault.two import cluster, namespace, pack, vaults  # noqa: E402

__all__ = ["cluster", "namespace", "pack", "vaults"]
