"""The form in which shards are kept: the Arrow schema, its metadata and its committed reference file."""
