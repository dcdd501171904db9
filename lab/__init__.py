"""A whole platform on one machine: a local StackStorm, two clusters, Consul, Vault and AWS."""
