# For the token of a pair's destination. Narrow the first rule to the folders that the pair carries.
key_prefix "" {
  policy = "write"
}

# The lock, the ledger and the state.
key_prefix "paas-sync/" {
  policy = "write"
}

session_prefix "" {
  policy = "write"
}

# Only for a pair with acl: true.
# acl = "write"
