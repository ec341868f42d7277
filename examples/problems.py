"""What the examples' apps work on: problems whose answers can be checked."""

PROBLEMS = {
    "Mara has 12 pears and buys 9 more. How many pears does she have?": "21",
    "Tom had 30 nuts and ate 4 of them. How many nuts are left?": "26",
    "Ida has 7 cups and buys 5 more. How many cups does she have?": "12",
    "Ben had 18 coins and lost 6 of them. How many coins are left?": "12",
}


def is_right(problem: str, answer: str) -> bool:
    """Whether the last number of an answer is the one."""
    numbers = [word.strip(".,!") for word in answer.split() if any(c.isdigit() for c in word)]
    return bool(numbers) and numbers[-1] == PROBLEMS[problem]
