"""The room `router/`: learns from outcomes whom to ask, and how sure it is."""
