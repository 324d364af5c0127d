"""What is said of composed entities: expressions, written and understood."""
