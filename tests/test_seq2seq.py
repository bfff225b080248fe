"""The encoder-decoder: padding does not count, greedy and beam are what they say."""

import itertools

import pytest
import torch
from torch import nn

from unrolled.seq2seq import (
    CONTEXTS,
    END,
    PAD,
    AdditiveAttention,
    EncoderDecoder,
    Memory,
    loss,
    shifted,
    writable,
)

KINDS = list(itertools.product(CONTEXTS, (1, 2)))
LENGTHS = torch.tensor([5, 3, 4])


def made(context: str, directions: int, cell: type[nn.RNNBase] = nn.GRU):
    """A network in float64 and a batch: x (5, 3), y (4, 3)."""
    torch.manual_seed(0)
    net = EncoderDecoder(8, 6, 16, 8, context, cell, directions).double()
    x = torch.randint(2, 8, (5, 3))
    x[torch.arange(5)[:, None] >= LENGTHS] = PAD
    y = torch.randint(2, 6, (4, 3))
    y[-1] = END
    y[2:, 1] = torch.tensor([END, PAD])
    return net, x, y


@pytest.mark.parametrize(("context", "directions"), KINDS)
def test_a_batch_gives_what_each_pair_gives_alone(context, directions):
    net, x, y = made(context, directions)
    together = net(x, LENGTHS, shifted(y))
    for b, n in enumerate(LENGTHS):
        alone = net(x[:n, b : b + 1], LENGTHS[b : b + 1], shifted(y[:, b : b + 1]))
        assert torch.allclose(together[:, b], alone[:, 0], atol=1e-12)


@pytest.mark.parametrize(("context", "directions"), KINDS)
def test_step_by_step_is_all_at_once(context, directions):
    net, x, y = made(context, directions, nn.RNN)
    memory = net.encode(x, LENGTHS)
    h, steps = net.first_state(memory), []
    for k in shifted(y):
        o, h, _ = net.decode(memory, k[None], h)
        steps.append(o[0])
    assert torch.allclose(torch.stack(steps), net(x, LENGTHS, shifted(y)), atol=1e-12)


def test_every_step_depends_on_the_context_and_starts_from_zero():
    net, x, _ = made("every", 1)
    memory = net.encode(x, LENGTHS)
    assert not net.first_state(memory).any()
    start, _, _ = made("start", 1)
    assert torch.equal(start.first_state(memory)[0], memory.context)


def test_attention_is_a_mean_of_real_states_only():
    torch.manual_seed(1)
    attend = AdditiveAttention(4, 6).double()
    states = torch.randn(5, 3, 6, dtype=torch.float64)
    mask = torch.arange(5)[:, None] < LENGTHS
    queries = torch.randn(2, 3, 4, dtype=torch.float64)
    context, weights = attend(queries, Memory(states, mask, queries[0]))
    assert torch.allclose(weights.sum(1), torch.ones(2, 3, dtype=torch.float64))
    assert not weights[:, ~mask].any()
    other = states.masked_fill(~mask[..., None], 7.0)
    again, _ = attend(queries, Memory(other, mask, queries[0]))
    assert torch.allclose(context, again)
    by_hand = torch.stack([(weights[i][..., None] * states).sum(0) for i in range(2)])
    assert torch.allclose(context, by_hand)


@pytest.mark.parametrize(("context", "directions"), KINDS)
def test_the_alignment_is_shown_only_where_there_is_one(context, directions):
    net, x, y = made(context, directions)
    weights = net.align(x, LENGTHS, shifted(y))
    if context == "attention":
        assert weights.shape == (4, 5, 3)
    else:
        assert weights is None


def every_answer(net, x, n, longest):
    """log p of every answer of at most `longest` symbols, for one source x (n, 1)."""
    written = list(itertools.product(range(1, 6), repeat=longest))
    y, times = torch.tensor(written).T, len(written)
    o = net(x.expand(-1, times), n.expand(times), shifted(y))
    each = writable(o).log_softmax(-1).gather(-1, y[..., None])[..., 0]
    found = {}
    for ids, nats in zip(written, each.T, strict=True):
        cut = ids.index(END) + 1 if END in ids else longest
        found[ids[:cut]] = nats[:cut].sum().item()
    return found


@pytest.mark.parametrize(("context", "directions"), KINDS)
def test_a_wide_beam_finds_every_answer(context, directions):
    net, x, _ = made(context, directions)
    with torch.no_grad():
        written, scores = net.beam(x, LENGTHS, 3, 5**3)
        for b, n in enumerate(LENGTHS):
            right = every_answer(net, x[:n, b : b + 1], LENGTHS[b : b + 1], 3)
            best_first = sorted(right, key=right.get, reverse=True)
            real = scores[b].isfinite()
            assert real.sum() == len(right)
            total = sum(right.values())
            assert scores[b][real].sum().item() == pytest.approx(total, rel=1e-4)
            top = tuple(k for k in written[:, b, 0].tolist() if k != PAD)
            assert top == best_first[0]


@pytest.mark.parametrize("context", CONTEXTS)
def test_a_beam_of_one_is_greedy_and_ends_are_final(context):
    net, x, _ = made(context, 1)
    greedy = net.greedy(x, LENGTHS, 12)
    written, _ = net.beam(x, LENGTHS, 12, 1)
    assert torch.equal(greedy, written[..., 0])
    for column in greedy.T.tolist():
        if END in column:
            assert set(column[column.index(END) + 1 :]) <= {PAD}


def test_the_loss_counts_real_symbols_once():
    net, x, y = made("start", 1)
    o = net(x, LENGTHS, shifted(y))
    nats = -o.log_softmax(-1).gather(-1, y[..., None])[..., 0]
    assert loss(o, y).item() == pytest.approx(nats[y != PAD].mean().item())
    assert shifted(y)[0].tolist() == [END] * 3 and torch.equal(shifted(y)[1:], y[:-1])


def test_unknown_choices_are_refused():
    with pytest.raises(ValueError, match="context must be one of"):
        EncoderDecoder(5, 5, context="both")
    with pytest.raises(ValueError, match="directions 1 or 2"):
        EncoderDecoder(5, 5, directions=3)
