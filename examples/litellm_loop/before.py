"""A LiteLLM app: a loop that asks a model, and once more where the answer is no number."""

from examples.models import MODEL, litellm
from examples.problems import PROBLEMS

library = litellm()


def ask(messages: list[dict[str, str]]) -> str:
    response = library.completion(MODEL, messages=messages, max_tokens=60)
    return str(response.choices[0].message.content)


def solve(problem: str) -> str:
    messages = [{"role": "user", "content": problem}]
    answer = ask(messages)
    if not any(c.isdigit() for c in answer):
        answer = ask(messages)
    return answer


def main() -> None:
    for problem in PROBLEMS:
        print(problem, "→", solve(problem))


if __name__ == "__main__":
    main()
