"""The skill of reading who meets when; a solver says whether the rooms suffice."""
