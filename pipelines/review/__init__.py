"""What people decide about mattes: a table of its own beside the manifest, which no labelling job reads or writes."""
