"""The policies knowhow is measured against, one small module a family.

Each implements `contract.Policy` and is given a fair chance: where a rival needs a fixed
projection or fixed clusters it gets them made from all the problems of a file (`space.Space`),
which is more than a running router knows, and its settings are those that did best on average
over several outcome matrices, not the library's defaults where those do worse.
"""
