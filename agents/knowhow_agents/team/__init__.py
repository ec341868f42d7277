"""A team in AutoGen: specialists, an analyst, an executor and a verifier, led by the router."""
