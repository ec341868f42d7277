"""knowhow learns from verified outcomes which agent to ask and which way."""
