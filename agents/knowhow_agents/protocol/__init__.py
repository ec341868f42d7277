"""WHAT and HOW: a big model says what has to be done, somebody who learnt whispers how.

`spec` is what the big model made of a problem; `guidance` what is whispered, as data that can order
nothing; `soundness` and `checks` are what is noticed without asking a model; `whathow` puts the
calls together, `ask` the whole way of one problem from the question to the recorded outcome.
"""
