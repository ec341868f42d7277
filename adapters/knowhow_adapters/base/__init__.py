"""The shared small model: how it is made, and how it is loaded."""
