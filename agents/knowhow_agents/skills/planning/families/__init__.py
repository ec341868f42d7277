"""What each family of problems tells the strategies."""
