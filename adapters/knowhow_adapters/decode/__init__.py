"""Text out of one base and many adapters: batched, constrained, streamed."""
