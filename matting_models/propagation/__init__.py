"""Networks for prompt propagation: dense features and segmentation of prompts. Importing this loads none of them."""
