"""The skill of making plans: problems in words, and strategies that are real algorithms."""
