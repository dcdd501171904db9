# For a KV engine of version 2 at secret/. Version 1 has no data/ and metadata/ below its mount.
path "secret/data/*" {
  capabilities = ["create", "read", "update"]
}

path "secret/metadata/*" {
  capabilities = ["create", "read", "update"]
}
