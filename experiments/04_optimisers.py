"""Five rules that turn a gradient into a step, each at every rate of one grid.

The chapter's own tanh network in NumPy learns to name the language of a name, for four
passes over the training names, with plain and heavy-ball gradient descent, Adagrad,
RMSProp and Adam. Each seed draws its own split, weights and order of the names, the
same for all rules and rates. "loss" is Adam's at rate 0.003, step by step; "ends" holds
the validation loss after the last step for every rule and rate; "curves" the training
loss in means over 20 steps; "test" the test loss. A run whose loss stops being finite,
or exceeds 20, ends there and counts as 20.
"""

from __future__ import annotations

import numpy as np

from unrolled.cells.softmax import cross_entropy, softmax
from unrolled.cells.tanh_rnn import backward, forward, init
from unrolled.data import world_names
from unrolled.experiment import main
from unrolled.optim import SGD, Adagrad, Adam, RMSProp
from unrolled.plots import smooth

SEEDS = (0, 1, 2)
STEPS = 860  # 4 passes
REHEARSAL = 200
BATCH, HIDDEN, VALIDATION, WORST = 64, 64, 1500, 20.0
RATES = (1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 0.1, 0.3, 1.0, 3.0)
LANGUAGES = len(world_names.LANGUAGES)


class HeavyBall:
    """theta <- theta - lr m with m <- 0.9 m + g, as torch.optim.SGD(momentum=0.9)."""

    def __init__(self, lr: float) -> None:
        self.lr, self.m = lr, {}

    def step(self, parameters: dict, grads: dict) -> None:
        for name, theta in parameters.items():
            self.m[name] = 0.9 * self.m.get(name, 0.0) + grads[name]
            theta -= self.lr * self.m[name]


RULES = {
    "SGD": SGD,
    "momentum": HeavyBall,
    "Adagrad": Adagrad,
    "RMSProp": RMSProp,
    "Adam": Adam,
}


def arrays(names: list[tuple[str, int]]) -> tuple[np.ndarray, ...]:
    """Ids (T, B), lengths (B,), languages (B,)."""
    x, lengths = world_names.encode([name for name, _ in names])
    return x, lengths, np.array([language for _, language in names])


def last_logits(x: np.ndarray, lengths: np.ndarray, theta: dict) -> tuple:
    """States (T+1, B, H) and the logits (B, V) at the last letter of each name."""
    h, o = forward(x, np.zeros((x.shape[1], HIDDEN)), **theta)
    return h, o[lengths - 1, np.arange(len(lengths))]


def loss_and_gradients(x, lengths, y, theta: dict) -> tuple[float, dict]:
    """Mean loss a name, and its gradients."""
    h, o = last_logits(x, lengths, theta)
    error = (softmax(o) - np.eye(LANGUAGES)[y]) / len(y)
    do = np.zeros((*x.shape, LANGUAGES))
    do[lengths - 1, np.arange(len(y))] = error  # no other step is asked anything
    grads = backward(x, h, do, theta["W_xh"], theta["W_hh"], theta["W_ho"])
    return float(cross_entropy(o, y) / len(y)), grads


def mean_loss(data: tuple, theta: dict) -> float:
    with np.errstate(all="ignore"):
        _, o = last_logits(data[0], data[1], theta)
        value = float(cross_entropy(o, data[2]) / len(data[2]))
    return value if np.isfinite(value) and value < WORST else WORST


def train(rule: str, rate: float, seed: int, steps: int) -> tuple[list, float, float]:
    """Losses at every step; validation and test loss at the end."""
    names, test = world_names.split(seed)
    x, lengths, y = arrays(names[VALIDATION:])
    rng = np.random.default_rng(seed)
    theta = init(rng, 27, HIDDEN, LANGUAGES)
    theta["W_ho"] *= 0.1  # the first answers are nearly uniform
    step, losses, order = RULES[rule](rate), [], np.array([], dtype=int)
    while len(losses) < steps:
        if len(order) == 0:
            order = rng.permutation(len(y))
        b, order = order[:BATCH], order[BATCH:]
        with np.errstate(all="ignore"):
            T = lengths[b].max()
            value, grads = loss_and_gradients(x[:T, b], lengths[b], y[b], theta)
        if not np.isfinite(value) or value > WORST:
            losses += [WORST] * (steps - len(losses))
            return losses, WORST, WORST
        step.step(theta, grads)
        losses.append(value)
    return (
        losses,
        mean_loss(arrays(names[:VALIDATION]), theta),
        mean_loss(arrays(test), theta),
    )


def run(seed: int, steps: int) -> dict:
    """Adam at 0.003; for a whole run every rule at every rate."""
    result: dict = {"loss": train("Adam", 3e-3, seed, steps)[0]}
    if steps == STEPS:
        result |= {"ends": {}, "test": {}, "curves": {}}
        for rule in RULES:
            runs = [train(rule, rate, seed, steps) for rate in RATES]
            result["ends"][rule] = [end for _, end, _ in runs]
            result["test"][rule] = [test for _, _, test in runs]
            result["curves"][rule] = [smooth(c, 20).tolist() for c, _, _ in runs]
    return result


def baseline() -> dict:
    """Answering with the shares of the languages, and knowing nothing; nats a name."""
    found = []
    for seed in SEEDS:
        names, test = world_names.split(seed)
        share = np.bincount([k for _, k in names[VALIDATION:]], minlength=LANGUAGES)
        found.append(-np.log(share / share.sum())[[k for _, k in test]].mean())
    return {"shares": float(np.median(found)), "uniform": float(np.log(LANGUAGES))}


if __name__ == "__main__":
    main(__file__)
