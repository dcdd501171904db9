# databases.keys.consul decides where the keys lie; narrow this to those folders where they have a common one.
key_prefix "" {
  policy = "write"
}
