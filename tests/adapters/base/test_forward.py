"""The fast forward pass computes what the model itself computes."""

import torch

from knowhow_adapters.base.forward import Forward
from knowhow_adapters.base.pretrain import new_model
from knowhow_adapters.base.tokenizer import VOCABULARY
from tests.adapters.base.kit import TINY, bpe


def test_logits_and_gradients_are_the_models() -> None:
    model = new_model(TINY, bpe(), seed=3)
    with torch.no_grad():
        for parameter in model.parameters():  # as after training: nothing near zero or one
            parameter.add_(torch.randn_like(parameter) * 0.1)
    tokens = torch.randint(0, VOCABULARY, (3, 40), generator=torch.Generator().manual_seed(0))
    parameters = list(model.parameters())
    outcomes = []
    for logits in (model(input_ids=tokens).logits, Forward(model, torch.float32)(tokens)):
        outcomes.append((logits, *torch.autograd.grad(logits.square().mean(), parameters)))
    for expected, found in zip(*outcomes, strict=True):
        torch.testing.assert_close(found, expected, rtol=1e-3, atol=1e-5)
