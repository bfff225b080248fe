"""Does it pay to turn the source round, and are time lags the reason?

Two tasks, an encoder whose last state starts a decoder, teacher forcing, 64 units.

Copying, with nn.RNN: LENGTH random letters out of LETTERS are to be written in a given
order; the network reads them in that order ("as is") or turned. Turning changes the
order as well as the lags, so in two more arms 3 or 15 blanks (END, a symbol that the
encoder does not meet otherwise) follow the turned letters: the order is the same, and
so are start and letters of each seed, and every lag is longer by 3 or 15. Fresh letters
at every step, COPY_STEPS steps of Adam at a constant rate.

Adding, much as in 07_addition but with half as many steps: lowest digit of the answer
first, nn.GRU, with the question in five forms of seven characters; for 535 and 61:

  "text"           535+61_    as it is written, blanks behind
  "text, turned"   _16+535
  "zeros"          535+061    every place at a fixed position
  "zeros, turned"  160+535
  "within"         535+160    the digits of each number turned, the numbers in order
                              (535 happens to read the same both ways)

The rate of each arm is the best of RATES (COPY_RATES for copying) in a short run with
split and start TUNING, by validation loss. "curve" is the share of validation sums that
the network writes without a mistake, every EVERY steps; for copying it is the
teacher-forced loss, every COPY_EVERY steps. "reach" holds, at the steps in LOOKS, the
norm of the gradient of the loss of answer digit t (first axis) with regard to the
embedding of character s (second axis), a mean over validation questions whose numbers
both have three digits. "loss" is that of "text, turned".
"""

from __future__ import annotations

import time

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from unrolled import seq2seq
from unrolled.data import sums, symbols
from unrolled.experiment import main

SEEDS = (0, 1, 2)
STEPS = 1365
REHEARSAL = 100
SHORT, TUNING = 520, 9
EVERY, BATCH, UNITS, EMBEDDING, WARM = 65, 128, 64, 32, 0.15
RATES = (0.005, 0.01, 0.02)
LENGTH, LETTERS = 16, "abcdefgh"
COPY_STEPS, COPY_EVERY, COPY_RATES = 1500, 50, (0.0005, 0.001, 0.002)
LOOKS = (0, 130, 520, STEPS)
COPIES = {  # turned or not, and blanks between reading and writing
    "as is": (False, 0),
    "turned": (True, 0),
    "turned, 3 blanks": (True, 3),
    "turned, 15 blanks": (True, 15),
}
FORMS = ("text", "text, turned", "zeros", "zeros, turned", "within")


def question(a: int, b: int, form: str) -> str:
    """The seven characters of a question, in the order in which they are read."""
    if form.startswith("text"):
        text = sums.question(a, b)
    elif form == "within":
        return f"{a:03d}"[::-1] + "+" + f"{b:03d}"[::-1]
    else:
        text = f"{a:03d}+{b:03d}"
    return text[::-1] if form.endswith("turned") else text


def encoded(pairs: list[sums.Pair], form: str) -> tuple[Tensor, Tensor]:
    """x (7, B), y (5, B), lowest digit of the answer first."""
    x, _ = symbols.encode([question(a, b, form) for a, b in pairs], sums.SYMBOLS)
    return torch.as_tensor(x), torch.as_tensor(sums.encode(pairs)[1])


def network(symbols_read: int, cell: type[nn.RNNBase]) -> seq2seq.EncoderDecoder:
    """Recurrent matrices orthogonal, one a gate."""
    count = symbols_read + symbols.FIRST
    net = seq2seq.EncoderDecoder(count, count, UNITS, EMBEDDING, cell=cell)
    for layer in (net.encoder, net.decoder):
        for gate in layer.weight_hh_l0.data.split(UNITS):
            nn.init.orthogonal_(gate)
    return net


def logits(net: seq2seq.EncoderDecoder, e: Tensor, y: Tensor) -> Tensor:
    """Teacher-forced; e (n, B, E) the embedded source, all of one length."""
    C = net.encoder(e)[1]
    return net.read_out(net.decoder(net.reread(seq2seq.shifted(y)), C)[0])


@torch.no_grad()
def exact(net: seq2seq.EncoderDecoder, x: Tensor, y: Tensor) -> float:
    """Share of answers that are written without a mistake."""
    lengths = torch.full((x.shape[1],), len(x))
    written = net.greedy(x, lengths, len(y))
    missing = len(y) - len(written)
    return float((F.pad(written, (0, 0, 0, missing)) == y).all(dim=0).float().mean())


def reach(net: seq2seq.EncoderDecoder, x: Tensor, y: Tensor) -> list[list[float]]:
    """Norms of gradients: a row an answer symbol, a column a source symbol."""
    rows = []
    for t in range(len(y) - 1):
        e = net.read(x).detach().requires_grad_()
        o = logits(net, e, y)[t]
        F.cross_entropy(o, y[t], ignore_index=symbols.PAD, reduction="sum").backward()
        counted = (y[t] != symbols.PAD).sum()
        rows.append((e.grad.norm(dim=2).sum(dim=1) / counted).tolist())
    net.zero_grad()
    return rows


def share(step: int, steps: int) -> float:
    """Of the rate: up over WARM of all steps, then half a cosine."""
    rise = WARM * steps
    if step < rise:
        return (step + 1) / (rise + 1)
    return 0.5 + 0.5 * float(np.cos(np.pi * (step - rise) / (steps - rise)))


def add(form: str, rate: float, seed: int, steps: int, stop: int | None = None) -> dict:
    """Losses, and for a whole run also curve, reach, test."""
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    training, valid, test = sums.split(seed)
    x, y = encoded(training, form)
    x_valid, y_valid = encoded(valid, form)
    full = torch.as_tensor([min(pair) >= 100 for pair in valid])
    net = network(len(sums.SYMBOLS), nn.GRU)
    optimiser = torch.optim.Adam(net.parameters(), lr=rate, betas=(0.9, 0.98))
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda k: share(k, steps))
    shuffled = torch.Generator().manual_seed(seed)
    order = torch.empty(0, dtype=torch.long)
    losses, curve, looks = [], [], {}
    for step in range(stop or steps):
        if step in LOOKS:
            looks[str(step)] = reach(net, x_valid[:, full], y_valid[:, full])
        if len(order) < BATCH:
            order = torch.randperm(len(training), generator=shuffled)
        batch, order = order[:BATCH], order[BATCH:]
        loss = seq2seq.loss(
            logits(net, net.read(x[:, batch]), y[:, batch]), y[:, batch]
        )
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
        losses.append(loss.item())
        if (step + 1) % EVERY == 0 and not stop:
            curve.append(exact(net, x_valid, y_valid))
    found = {"loss": losses, "curve": curve, "reach": looks}
    with torch.no_grad():
        o = logits(net, net.read(x_valid), y_valid)
        found["valid"] = seq2seq.loss(o, y_valid).item()
    if len(losses) == STEPS:
        looks[str(STEPS)] = reach(net, x_valid[:, full], y_valid[:, full])
        found["test"] = exact(net, *encoded(test, form))
    return found


def copies(
    rng: torch.Generator, count: int, turned: bool, blanks: int
) -> tuple[Tensor, Tensor]:
    """x (LENGTH + blanks, count), and y with END."""
    first, past = symbols.FIRST, symbols.FIRST + len(LETTERS)
    y = torch.randint(first, past, (LENGTH, count), generator=rng)
    end = torch.full((1, count), symbols.END)
    x = torch.cat([y.flip(0) if turned else y, end.expand(blanks, -1)])
    return x, torch.cat([y, end])


def copy(turned: bool, blanks: int, rate: float, seed: int, steps: int) -> dict:
    """Every COPY_EVERY steps the validation loss ("curve") and the shares right
    at each position ("places"); "exact" at the end."""
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    rng = torch.Generator().manual_seed(seed)
    x_valid, y_valid = copies(rng, 2000, turned, blanks)
    net = network(len(LETTERS), nn.RNN)
    optimiser = torch.optim.Adam(net.parameters(), lr=rate)
    curve, places = [], []
    for step in range(steps):
        x, y = copies(rng, BATCH, turned, blanks)
        loss = seq2seq.loss(logits(net, net.read(x), y), y)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        if (step + 1) % COPY_EVERY == 0:
            with torch.no_grad():
                o = logits(net, net.read(x_valid), y_valid)
            curve.append(seq2seq.loss(o, y_valid).item())
            right = (o.argmax(dim=2) == y_valid).float().mean(dim=1)
            places.append(right.tolist())
    return {"curve": curve, "places": places, "exact": exact(net, x_valid, y_valid)}


def run(seed: int, steps: int) -> dict:
    """Every form of the question, and copying."""
    chosen = rates()
    if steps < STEPS:
        rate = chosen["text, turned"]["best"]
        return add("text, turned", rate, seed, STEPS, steps)
    found: dict = {"add": {}, "copy": {}, "seconds": {}}
    for form in FORMS:
        start = time.process_time()
        found["add"][form] = add(form, chosen[form]["best"], seed, steps)
        found["seconds"][form] = time.process_time() - start
        losses = found["add"][form].pop("loss")
        if form == "text, turned":
            found["loss"] = losses
    for name, kind in COPIES.items():
        start = time.process_time()
        rate = chosen[f"copy, {name}"]["best"]
        found["copy"][name] = copy(*kind, rate, seed, COPY_STEPS)
        found["seconds"][f"copy, {name}"] = time.process_time() - start
    return found


# What tune() found, kept as a table so that a rehearsal does not repeat the search.
CHOSEN: dict[str, dict] = {
    "text": {"best": 0.01, "tried": {0.005: 1.19165, 0.01: 1.09715, 0.02: 1.1128}},
    "text, turned": {
        "best": 0.02,
        "tried": {0.005: 1.16205, 0.01: 0.891433, 0.02: 0.842613},
    },
    "zeros": {"best": 0.02, "tried": {0.005: 1.14207, 0.01: 1.06357, 0.02: 1.04573}},
    "zeros, turned": {
        "best": 0.02,
        "tried": {0.005: 1.15223, 0.01: 0.797457, 0.02: 0.663168},
    },
    "within": {"best": 0.02, "tried": {0.005: 1.16136, 0.01: 0.800683, 0.02: 0.796823}},
    "copy, as is": {
        "best": 0.001,
        "tried": {0.0005: 2.00582, 0.001: 1.96003, 0.002: 1.9627},
    },
    "copy, turned": {
        "best": 0.002,
        "tried": {0.0005: 1.37031, 0.001: 0.769418, 0.002: 0.488286},
    },
    "copy, turned, 3 blanks": {
        "best": 0.002,
        "tried": {0.0005: 1.53697, 0.001: 0.87573, 0.002: 0.671568},
    },
    "copy, turned, 15 blanks": {
        "best": 0.0005,
        "tried": {0.0005: 1.96456, 0.001: 2.17078, 0.002: 2.18046},
    },
}


def rates() -> dict[str, dict]:
    """Arm -> {"best": rate, "tried": {rate: validation loss}}."""
    return CHOSEN or tune()


def tune() -> dict[str, dict]:
    """Short runs with every rate."""
    found = {}
    for form in FORMS:
        tried = {rate: add(form, rate, TUNING, SHORT)["valid"] for rate in RATES}
        found[form] = {"best": min(tried, key=tried.get), "tried": tried}
    for name, kind in COPIES.items():
        tried = {
            rate: copy(*kind, rate, TUNING, 500)["curve"][-1] for rate in COPY_RATES
        }
        found[f"copy, {name}"] = {"best": min(tried, key=tried.get), "tried": tried}
    return found


def baseline() -> dict:
    """The loss of guessing evenly among the letters, and the rates tried."""
    letters = LENGTH * float(np.log(len(LETTERS))) / (LENGTH + 1)
    return {"copy": letters, "rates": rates()}


if __name__ == "__main__":
    main(__file__)
