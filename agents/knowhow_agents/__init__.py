"""The room `agents/`: specialists and their skills. Its README says what there is."""
