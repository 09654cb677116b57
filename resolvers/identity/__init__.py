"""Identity: which records of different directories are the same place."""
