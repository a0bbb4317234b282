def row_targets():
    return []
