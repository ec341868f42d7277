"""The skill of reading coins and an amount; a solver says whether so many coins suffice to pay."""
