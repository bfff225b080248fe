"""An encoder and a decoder in PyTorch, with three ways to hand over what was read.

Chapter 7 builds each part in visible cells. Arrays are time-major: sources x (n, B) and
answers y (m, B) are ids as in `unrolled.data.symbols`, PAD = 0 behind the end; an
answer closes with END = 1, which is also what a decoder reads first.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from unrolled.data.symbols import END, PAD

CONTEXTS = ("start", "every", "attention")


@dataclass
class Memory:
    """What is known of B sources: states (n, B, S), mask (n, B) with True at real
    symbols, context C (B, H)."""

    states: Tensor
    mask: Tensor
    context: Tensor

    def repeat(self, times: int) -> Memory:
        """Each source `times` times, copies side by side."""
        return Memory(
            self.states.repeat_interleave(times, 1),
            self.mask.repeat_interleave(times, 1),
            self.context.repeat_interleave(times, 0),
        )


class AdditiveAttention(nn.Module):
    """A weighted mean of source states for each decoder state (def-attn).

    score = v . tanh(W_q q + W_s s), as in Bahdanau, Cho and Bengio 2015.
    """

    def __init__(self, units: int, source_units: int) -> None:
        super().__init__()
        self.query = nn.Linear(units, units)
        self.source = nn.Linear(source_units, units, bias=False)
        self.score = nn.Linear(units, 1, bias=False)

    def forward(self, queries: Tensor, memory: Memory) -> tuple[Tensor, Tensor]:
        """queries (m, B, H) -> contexts (m, B, S), weights (m, n, B), sum 1 over n."""
        both = self.query(queries)[:, None] + self.source(memory.states)  # (m, n, B, H)
        scores = self.score(torch.tanh(both)).squeeze(-1)
        weights = scores.masked_fill(~memory.mask, -torch.inf).softmax(dim=1)
        return torch.einsum("mnb,nbs->mbs", weights, memory.states), weights


class EncoderDecoder(nn.Module):
    """Reads a source and writes an answer.

    sources, targets  numbers of ids, PAD and END included
    units             of encoder (each direction) and decoder, H
    embedding         numbers a symbol is given; `units` when left out
    context           "start": C, the encoder's last state, is the decoder's first one;
                      "every": C is an input of every step, the first state is zero;
                      "attention": as "start", and at each step a weighted mean of all
                      source states joins the decoder's new state at the read-out
    cell              nn.GRU or nn.RNN
    directions        1, or 2 for an encoder that also reads backwards; C is then a
                      linear map of both last states
    errors            ValueError for an unknown context or number of directions
    """

    def __init__(
        self,
        sources: int,
        targets: int,
        units: int = 128,
        embedding: int | None = None,
        context: str = "start",
        cell: type[nn.RNNBase] = nn.GRU,
        directions: int = 1,
    ) -> None:
        super().__init__()
        if context not in CONTEXTS or directions not in (1, 2):
            raise ValueError(
                f"context must be one of {CONTEXTS} and directions 1 or 2, not "
                f"{context!r} and {directions!r}"
            )
        embedding = embedding or units
        seen = directions * units
        self.context = context
        self.read = nn.Embedding(sources, embedding)
        self.encoder = cell(embedding, units, bidirectional=directions == 2)
        self.join = nn.Linear(seen, units) if directions == 2 else nn.Identity()
        self.reread = nn.Embedding(targets, embedding)
        every, attention = context == "every", context == "attention"
        self.decoder = cell(embedding + units * every, units)
        self.attention = AdditiveAttention(units, seen) if attention else None
        self.read_out = nn.Linear(units + seen * attention, targets)

    def encode(self, x: Tensor, lengths: Tensor) -> Memory:
        """x (n, B), lengths (B,) on the CPU -> what the decoder may know."""
        inputs = self.read(x)
        if (lengths == len(x)).all():  # nothing to skip: a fifth faster
            states, last = self.encoder(inputs)
        else:
            packed = pack_padded_sequence(inputs, lengths, enforce_sorted=False)
            packed_states, last = self.encoder(packed)
            states, _ = pad_packed_sequence(packed_states, total_length=len(x))
        steps = torch.arange(len(x))[:, None]
        return Memory(states, steps < lengths, self.join(torch.cat([*last], dim=-1)))

    def first_state(self, memory: Memory) -> Tensor:
        """The decoder's state before its first step, (1, B, H)."""
        every = self.context == "every"
        return (torch.zeros_like(memory.context) if every else memory.context)[None]

    def decode(
        self, memory: Memory, y_in: Tensor, h: Tensor
    ) -> tuple[Tensor, Tensor, Tensor | None]:
        """Read y_in (m, B) from state h (1, B, H).

        returns logits (m, B, V), the last state (1, B, H), weights (m, n, B) or None
        """
        inputs = self.reread(y_in)
        if self.context == "every":
            again = memory.context.expand(len(y_in), -1, -1)
            inputs = torch.cat([inputs, again], dim=-1)
        states, h = self.decoder(inputs, h)
        if self.attention is None:
            return self.read_out(states), h, None
        seen, weights = self.attention(states, memory)
        return self.read_out(torch.cat([states, seen], dim=-1)), h, weights

    def forward(self, x: Tensor, lengths: Tensor, y_in: Tensor) -> Tensor:
        """Logits (m, B, V) of a decoder that reads y_in (m, B), the truth shifted."""
        memory = self.encode(x, lengths)
        return self.decode(memory, y_in, self.first_state(memory))[0]

    def align(self, x: Tensor, lengths: Tensor, y_in: Tensor) -> Tensor:
        """Weights of attention (m, n, B) for a decoder that reads y_in (m, B)."""
        memory = self.encode(x, lengths)
        return self.decode(memory, y_in, self.first_state(memory))[2]

    @torch.no_grad()
    def greedy(self, x: Tensor, lengths: Tensor, longest: int) -> Tensor:
        """The likeliest symbol at every step, (at most `longest`, B); PAD after END."""
        memory = self.encode(x, lengths)
        h, k = self.first_state(memory), torch.full_like(lengths, END)
        ended, written = torch.zeros_like(lengths, dtype=torch.bool), []
        for _ in range(longest):
            o, h, _ = self.decode(memory, k[None], h)
            k = writable(o[0]).argmax(dim=-1).masked_fill(ended, PAD)
            written.append(k)
            ended = ended | (k == END)
            if ended.all():
                break
        return torch.stack(written)

    @torch.no_grad()
    def beam(
        self, x: Tensor, lengths: Tensor, longest: int, width: int
    ) -> tuple[Tensor, Tensor]:
        """The `width` best answers that a beam finds: ids (m, B, width), PAD after END,
        and their log-probabilities (B, width), best first.

        An answer that has ended stays in the beam and competes with those that go on;
        one that has not ended after `longest` symbols is returned as it is.
        """
        B = x.shape[1]
        memory = self.encode(x, lengths).repeat(width)
        h = self.first_state(memory)
        k = torch.full((B * width,), END)
        score = torch.full((B, width), -torch.inf)
        score[:, 0] = 0.0  # in the beginning all copies are the same answer
        ended = torch.zeros(B, width, dtype=torch.bool)
        written = torch.zeros(0, B, width, dtype=torch.long)
        for _ in range(longest):
            o, h, _ = self.decode(memory, k[None], h)
            step = writable(o[0]).log_softmax(dim=-1).view(B, width, -1)
            step = step.masked_fill(ended[..., None], -torch.inf)
            step[..., PAD] = torch.where(ended, 0.0, step[..., PAD])
            V = step.shape[-1]
            score, best = (score[..., None] + step).flatten(1).topk(width)
            parent, symbol = best // V, best % V  # (B, width) each
            row = (torch.arange(B)[:, None] * width + parent).flatten()
            h, k = h[:, row], symbol.flatten()
            kept = written.gather(2, parent.expand(len(written), -1, -1))
            written = torch.cat([kept, symbol[None]])
            ended = ended.gather(1, parent) | (symbol == END)
            if ended.all():
                break
        return written, score


def writable(o: Tensor) -> Tensor:
    """Logits (..., V) with PAD, which is not a symbol, made impossible."""
    return torch.cat([torch.full_like(o[..., :1], -torch.inf), o[..., 1:]], dim=-1)


def shifted(y: Tensor) -> Tensor:
    """What a teacher-forced decoder reads: y (m, B) one step later, END in front."""
    return torch.cat([torch.full_like(y[:1], END), y[:-1]])


def loss(o: Tensor, y: Tensor) -> Tensor:
    """Mean nats a real symbol, END included, of logits o (m, B, V) for y (m, B)."""
    return F.cross_entropy(o.flatten(0, 1), y.flatten(), ignore_index=PAD)
