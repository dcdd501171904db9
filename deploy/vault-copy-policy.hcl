# For vault_copy, vault_load, vault_write, vault_read and vault_delete on a KV engine of version 2 at secret/.
# Version 1 has no data/, metadata/, delete/, undelete/ and destroy/ below its mount.
path "secret/data/*" {
  capabilities = ["create", "read", "update"]
}

path "secret/metadata/*" {
  capabilities = ["create", "read", "update", "list"]
}

path "secret/delete/*" {
  capabilities = ["update"]
}

path "secret/undelete/*" {
  capabilities = ["update"]
}

path "secret/destroy/*" {
  capabilities = ["update"]
}
