"""Outcomes to and from elsewhere: a round trip of our own, and readers of foreign trajectories."""
