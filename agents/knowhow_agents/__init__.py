"""The room `agents/`: not built yet; its README says what it will own."""
