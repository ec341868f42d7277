"""What specialists can learn: one package a skill."""
