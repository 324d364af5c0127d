"""What others read: lists of the mattes in formats of other tools."""
