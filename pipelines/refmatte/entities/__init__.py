"""What images are composed of: readers of mattes with names, their pixels, and backgrounds."""
