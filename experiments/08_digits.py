"""Does a second or third layer help a tanh network that reads a digit?

Images of 8 by 8 pixels, read in three orders: "rows" (8 steps of 8 pixels, from top to
bottom), "pixels" (64 steps of one pixel, row after row) and "permuted" (64 steps of one
pixel, in a random order that is the same for all images; each seed has its own). The
class is read from the last state of the top layer. Networks of about equally many
numbers, those of 64 units in one layer (but for "narrow"):

    "1 layer", "2 layers", "3 layers"
    "3 layers, residual"    layers 2 and 3 put out what they read plus their state
    "1 layer, narrow"       the first of "3 layers" alone, with fewer numbers
    "1 layer, uniform"      starts as nn.RNN does, uniform in +-1/8; in all other arms
                            the recurrent matrices are orthogonal at the start

nn.RNN, one bias a layer. Adam, batches of BATCH, mean cross-entropy, the rate falls to
zero along half a cosine over STEPS.

Of the 1,797 images 360 are for testing and 300 for validation, by the seed; arms with
the same seed share the split, the batches and the permutation. The rate of each arm and
order is the best of RATES in a whole run with split and start TUNING, by validation
loss at its best step; where the best is the lowest or the highest, the search goes on
by factors of two. "valid", "valid_loss" and "test" are curves: shares right, and
nats, every EVERY steps. "stop" is the step with the lowest validation loss, "result"
the test share there, "training" the training share at the end. "loss" is the training
loss of "3 layers" on "permuted".
"""

from __future__ import annotations

import time

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from unrolled.data import digits
from unrolled.experiment import main

SEEDS = (0, 1, 2, 3, 4)
STEPS = 1000
REHEARSAL = 150
EVERY, BATCH, TUNING = 50, 64, 9
TEST, VALID = 360, 300
RATES = (0.001, 0.002, 0.004, 0.008)
ORDERS = {"rows": 8, "pixels": 1, "permuted": 1}  # pixels a step
ARMS = {
    "1 layer": 1,
    "2 layers": 2,
    "3 layers": 3,
    "3 layers, residual": 3,
    "1 layer, narrow": 1,
    "1 layer, uniform": 1,
}
PENALTIES = (0.0001, 0.001, 0.01, 0.1)
LAST = (8, 16, 32, 64)  # pixels that a linear model sees
PARTS = ("training", "valid", "test")
Data = dict[str, tuple[Tensor, Tensor]]


def data(order: str, seed: int) -> Data:
    """For each of PARTS x (T, count, pixels a step) and labels (count,)."""
    rng = np.random.default_rng(seed)
    images, labels = digits.load()
    shuffled = rng.permutation(len(labels))
    images, labels = images[shuffled].reshape(-1, 64) / 16 - 0.3, labels[shuffled]
    places = rng.permutation(64)
    if order == "permuted":
        images = images[:, places]
    x = images.reshape(len(images), -1, ORDERS[order]).swapaxes(0, 1)
    x, y = torch.as_tensor(x.copy(), dtype=torch.float32), torch.as_tensor(labels)
    cuts = {"test": slice(TEST), "valid": slice(TEST, TEST + VALID)}
    cuts["training"] = slice(TEST + VALID, None)
    return {part: (x[:, cuts[part]], y[cuts[part]]) for part in PARTS}


def numbers(inputs: int, units: int, layers: int) -> int:
    """How many a network learns: W_xh, W_hh, b of each layer, and the read-out."""
    first, further = inputs * units, (layers - 1) * units**2
    return first + further + layers * (units**2 + units) + 10 * units + 10


def width(inputs: int, layers: int) -> int:
    """Units of each layer, so that the numbers come closest to 64 units in one."""
    wanted = numbers(inputs, 64, 1)
    return min(range(1, 65), key=lambda H: abs(numbers(inputs, H, layers) - wanted))


def size(inputs: int, arm: str) -> tuple[int, int]:
    """Units of each layer, and layers."""
    return width(inputs, 3 if arm.endswith("narrow") else ARMS[arm]), ARMS[arm]


class Stack(nn.Module):
    """Recurrent layers on one another, and a read-out of the last state."""

    def __init__(self, inputs: int, arm: str) -> None:
        super().__init__()
        units, layers = size(inputs, arm)
        self.residual = arm.endswith("residual")
        widths = [inputs] + [units] * (layers - 1)
        self.layers = nn.ModuleList(nn.RNN(width, units) for width in widths)
        for layer in self.layers:
            if not arm.endswith("uniform"):
                nn.init.orthogonal_(layer.weight_hh_l0)
            layer.bias_hh_l0.data.zero_()
            layer.bias_hh_l0.requires_grad_(False)  # the other bias is enough
        self.read_out = nn.Linear(units, 10)

    def forward(self, x: Tensor) -> Tensor:
        """x (T, B, D) -> logits (B, 10)."""
        s = self.layers[0](x)[0]
        for layer in self.layers[1:]:
            states = layer(s)[0]
            s = s + states if self.residual else states
        return self.read_out(s[-1])


@torch.no_grad()
def score(net: nn.Module, x: Tensor, y: Tensor) -> tuple[float, float]:
    """Nats an image, and share right."""
    o = net(x)
    return F.cross_entropy(o, y).item(), float((o.argmax(dim=1) == y).float().mean())


def train(order: str, arm: str, rate: float, seed: int, steps: int) -> dict:
    """Training loss at every step, curves, and what they come to."""
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    net = Stack(ORDERS[order], arm)
    return fit(net, data(order, seed), rate, seed, steps)


def fit(net: nn.Module, parts: Data, rate: float, seed: int, steps: int) -> dict:
    """Train any network of images; see `train`."""
    optimiser = torch.optim.Adam([p for p in net.parameters() if p.requires_grad])
    x, y = parts["training"]
    draw = torch.Generator().manual_seed(seed)
    left = torch.empty(0, dtype=torch.long)
    found: dict = {"loss": [], "valid_loss": [], "valid": [], "test": []}
    for step in range(steps):
        if len(left) < BATCH:
            left = torch.randperm(len(y), generator=draw)
        b, left = left[:BATCH], left[BATCH:]
        now = rate * (1 + np.cos(np.pi * step / STEPS)) / 2
        optimiser.param_groups[0]["lr"] = now
        loss = F.cross_entropy(net(x[:, b]), y[b])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        found["loss"].append(loss.item())
        if (step + 1) % EVERY == 0:
            nats, right = score(net, *parts["valid"])
            found["valid_loss"].append(nats)
            found["valid"].append(right)
            found["test"].append(score(net, *parts["test"])[1])
    if found["valid"]:
        best = int(np.argmin(found["valid_loss"]))
        found["stop"] = (best + 1) * EVERY
        found["result"] = found["test"][best]
        found["training"] = score(net, x, y)[1]  # at the end
    return found


def run(seed: int, steps: int) -> dict:
    """Every arm on every order; a rehearsal runs "3 layers" on "permuted"."""
    chosen = rates()
    if steps < STEPS:
        rate = chosen["permuted"]["3 layers"]["best"]
        return {"loss": train("permuted", "3 layers", rate, seed, steps)["loss"]}
    found: dict = {order: {} for order in ORDERS}
    for order in ORDERS:
        for arm in ARMS:
            start = time.process_time()
            result = train(order, arm, chosen[order][arm]["best"], seed, steps)
            result["seconds"] = time.process_time() - start
            losses = result.pop("loss")
            if (order, arm) == ("permuted", "3 layers"):
                found["loss"] = losses
            found[order][arm] = result
    return found


# What tune() found, kept as a table so that a rehearsal does not repeat the search.
CHOSEN: dict[str, dict] = {
    "rows": {
        "1 layer": {
            "best": 0.016,
            "tried": {
                0.001: 0.15942,
                0.002: 0.12146,
                0.004: 0.09975,
                0.008: 0.08366,
                0.016: 0.07158,
                0.032: 0.17617,
            },
        },
        "2 layers": {
            "best": 0.008,
            "tried": {
                0.001: 0.16744,
                0.002: 0.12292,
                0.004: 0.10948,
                0.008: 0.08602,
                0.016: 0.10052,
            },
        },
        "3 layers": {
            "best": 0.008,
            "tried": {
                0.001: 0.17675,
                0.002: 0.12078,
                0.004: 0.08296,
                0.008: 0.07122,
                0.016: 0.10735,
            },
        },
        "3 layers, residual": {
            "best": 0.008,
            "tried": {
                0.001: 0.12289,
                0.002: 0.10637,
                0.004: 0.09368,
                0.008: 0.08321,
                0.016: 0.10725,
            },
        },
        "1 layer, narrow": {
            "best": 0.016,
            "tried": {
                0.001: 0.31009,
                0.002: 0.1718,
                0.004: 0.13882,
                0.008: 0.13547,
                0.016: 0.13184,
                0.032: 0.21019,
            },
        },
        "1 layer, uniform": {
            "best": 0.016,
            "tried": {
                0.001: 0.20408,
                0.002: 0.13295,
                0.004: 0.09989,
                0.008: 0.08621,
                0.016: 0.08299,
                0.032: 0.10698,
            },
        },
    },
    "pixels": {
        "1 layer": {
            "best": 0.002,
            "tried": {0.001: 0.17631, 0.002: 0.1399, 0.004: 0.14688, 0.008: 0.44384},
        },
        "2 layers": {
            "best": 0.004,
            "tried": {0.001: 0.20521, 0.002: 0.15597, 0.004: 0.14947, 0.008: 0.24011},
        },
        "3 layers": {
            "best": 0.002,
            "tried": {0.001: 0.28608, 0.002: 0.26723, 0.004: 0.27372, 0.008: 0.43556},
        },
        "3 layers, residual": {
            "best": 0.004,
            "tried": {0.001: 0.22341, 0.002: 0.17761, 0.004: 0.15553, 0.008: 0.24043},
        },
        "1 layer, narrow": {
            "best": 0.008,
            "tried": {
                0.001: 0.8613,
                0.002: 0.72927,
                0.004: 0.44119,
                0.008: 0.36397,
                0.016: 0.47547,
            },
        },
        "1 layer, uniform": {
            "best": 0.004,
            "tried": {0.001: 0.68272, 0.002: 0.51277, 0.004: 0.39428, 0.008: 1.56698},
        },
    },
    "permuted": {
        "1 layer": {
            "best": 0.004,
            "tried": {0.001: 0.4301, 0.002: 0.25269, 0.004: 0.15086, 0.008: 2.01244},
        },
        "2 layers": {
            "best": 0.004,
            "tried": {0.001: 0.43364, 0.002: 0.22027, 0.004: 0.1897, 0.008: 0.20961},
        },
        "3 layers": {
            "best": 0.001,
            "tried": {
                0.0005: 0.43659,
                0.001: 0.2315,
                0.002: 0.2647,
                0.004: 0.24306,
                0.008: 0.25511,
            },
        },
        "3 layers, residual": {
            "best": 0.004,
            "tried": {0.001: 0.24623, 0.002: 0.22216, 0.004: 0.18373, 0.008: 0.22531},
        },
        "1 layer, narrow": {
            "best": 0.004,
            "tried": {0.001: 0.77795, 0.002: 0.54713, 0.004: 0.41573, 0.008: 0.49031},
        },
        "1 layer, uniform": {
            "best": 0.008,
            "tried": {
                0.001: 0.89647,
                0.002: 0.7198,
                0.004: 0.46644,
                0.008: 0.39657,
                0.016: 1.79713,
            },
        },
    },
}


def rates() -> dict[str, dict]:
    """Order -> arm -> {"best": rate, "tried": {rate: validation loss}}."""
    return CHOSEN or tune()


def tune() -> dict[str, dict]:
    """Whole runs with every rate, at split and start TUNING."""
    found: dict = {order: {} for order in ORDERS}
    for order in ORDERS:
        for arm in ARMS:
            found[order][arm] = search(order, arm)
    return found


def search(order: str, arm: str) -> dict:
    """RATES, and beyond, while the best is at the edge."""
    tried: dict[float, float] = {}
    todo = list(RATES)
    while todo:
        for rate in todo:
            tried[rate] = min(train(order, arm, rate, TUNING, STEPS)["valid_loss"])
        best = best_of(tried)["best"]
        todo = [rate for rate in (best / 2, best * 2) if rate not in tried]
    return best_of(tried)


def best_of(tried: dict) -> dict:
    """{"best": the choice with the lowest validation loss, "tried": all}."""
    return {"best": min(tried, key=tried.get), "tried": tried}


class AtOnce(nn.Module):
    """All 64 pixels together, through one tanh map of 64 units."""

    def __init__(self) -> None:
        super().__init__()
        self.maps = nn.Sequential(nn.Linear(64, 64), nn.Tanh(), nn.Linear(64, 10))

    def forward(self, x: Tensor) -> Tensor:
        """x (T, B, D) -> logits (B, 10)."""
        return self.maps(x.swapaxes(0, 1).flatten(1))


def at_once(seed: int, rate: float) -> dict:
    """Trained as the recurrent networks are."""
    torch.manual_seed(seed)
    return fit(AtOnce(), data("rows", seed), rate, seed, STEPS)


def linear(order: str, seed: int, count: int) -> float:
    """Test share of logistic regression on the last `count` pixels; the penalty is
    chosen on validation loss."""
    parts = {}
    for part, (x, y) in data(order, seed).items():
        parts[part] = x.swapaxes(0, 1).flatten(1)[:, -count:], y
    nets, losses = [], []
    for penalty in PENALTIES:
        net = nn.Linear(count, 10)
        nn.init.zeros_(net.weight)
        nn.init.zeros_(net.bias)
        x, y = parts["training"]
        optimiser = torch.optim.LBFGS(
            net.parameters(), max_iter=200, line_search_fn="strong_wolfe"
        )

        def closure(net=net, optimiser=optimiser, penalty=penalty, x=x, y=y):
            optimiser.zero_grad()
            loss = F.cross_entropy(net(x), y) + penalty * net.weight.square().sum()
            loss.backward()
            return loss

        optimiser.step(closure)
        nets.append(net)
        losses.append(score(net, *parts["valid"])[0])
    return score(nets[int(np.argmin(losses))], *parts["test"])[1]


def commonest(seed: int) -> float:
    """Test share of the commonest training digit."""
    parts = data("rows", seed)
    digit = parts["training"][1].mode()[0]
    return float((parts["test"][1] == digit).float().mean())


def baseline() -> dict:
    """Test shares, one a seed: the commonest digit; a linear model on the last LAST
    pixels of each order (a list a count); a tanh map of all pixels at once. And the
    widths and numbers of the arms, and the rates tried."""
    torch.set_num_threads(1)
    found: dict = {"commonest": [commonest(seed) for seed in SEEDS]}
    found["last"] = list(LAST)
    for order in ("pixels", "permuted"):
        found[f"linear, {order}"] = [
            [linear(order, seed, count) for seed in SEEDS] for count in LAST
        ]
    tried = {rate: min(at_once(TUNING, rate)["valid_loss"]) for rate in RATES}
    chosen = best_of(tried)
    found["at once"] = [at_once(seed, chosen["best"])["result"] for seed in SEEDS]
    found["rates"] = rates() | {"at once": chosen}
    sizes = {
        order: {arm: [size(D, arm)[0], numbers(D, *size(D, arm))] for arm in ARMS}
        for order, D in ORDERS.items()
    }
    return found | {"width and numbers": sizes}


if __name__ == "__main__":
    main(__file__)
