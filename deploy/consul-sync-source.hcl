# For the token of a pair's source. The sync only reads; what this does not reach it takes for hidden, and deletes nothing then.
key_prefix "" {
  policy = "read"
}

# Only for a pair with acl: true, to read the tokens' secret ids.
# acl = "write"
