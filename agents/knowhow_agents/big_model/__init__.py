"""The big model: any provider, one client, and the protocol between it and the specialists."""
