"""The room `adapters/`: not built yet; its README says what it will own."""
