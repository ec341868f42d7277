"""The skill of solving word problems by writing symbolic traces, which a solver executes."""
