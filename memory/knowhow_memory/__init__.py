"""The room `memory/`: the outcome log, its embeddings, and the vector index derived from them."""
