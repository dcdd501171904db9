# For a KV engine of version 2 at secret/. Version 1 has no data/ and metadata/ below its mount.
path "secret/data/*" {
  capabilities = ["create", "read", "update"]
}

# delete: a database whose deletionPolicy is Delete takes its secret along, every version of it.
path "secret/metadata/*" {
  capabilities = ["create", "read", "update", "delete"]
}

# A deletionPolicy of Snapshot deletes the last version; `vault kv undelete` brings it back.
path "secret/delete/*" {
  capabilities = ["update"]
}
