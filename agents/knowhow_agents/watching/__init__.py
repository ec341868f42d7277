"""Watching other people's agents: what they were asked, did and cost, and how it went."""
