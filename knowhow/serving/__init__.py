"""A small server on this machine that speaks OpenAI's API."""
