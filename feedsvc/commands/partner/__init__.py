"""Commands about partners: whether one will take the entries, and keys for its feed."""
