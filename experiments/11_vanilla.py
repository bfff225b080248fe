"""When is a tanh network enough? Three tasks, four recurrent layers of equal size.

Tasks: "rows", images of 8 by 8 pixels in 8 steps of a row; "pixels", the same images
in 64 steps of a pixel; "adding", the adding problem (unrolled.data.adding) with T = 50.
The first two report the share of wrong test answers, "adding" the mean squared error on
fresh sequences. Layers, one with a read-out of the last state, as PyTorch starts them:

    "tanh", "tanh, orthogonal" (W_hh a random orthogonal matrix), "gru", "lstm"

with as many units as come closest to the numbers that 64 tanh units need. Adam, batches
of BATCH, clipped to norm 1, the rate falls to zero along half a cosine over STEPS. The
rate is the best of RATES by the least validation loss, in a shorter run (TASKS) with
split and start TUNING; where that is the first or the last, the search goes on. (Of
"adding" the GRU and the rival were searched in 500 steps, the others in 1,000 and not
beyond the rates stored.) A run's "result" is the test measure at the step of its least
validation loss, looked at every EVERY steps, "stop" that step; "curve" the validation
losses; "chosen" in baseline() holds the rates tried. RUNS seeds a task.

Baselines: the commonest class, or the mean; and "rival", a model without recurrence
that is given everything at once: a perceptron with one hidden layer of about as many
numbers, its rate chosen likewise. "loss" is the training loss of "tanh" on "rows".
"""

from __future__ import annotations

import time
from functools import partial

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from unrolled.data import adding, digits
from unrolled.experiment import main

SEEDS = (0, 1, 2, 3, 4)
STEPS = 1000
REHEARSAL = 200
TASKS = {"rows": 500, "pixels": 400, "adding": 1000}  # steps of the search for a rate
RUNS = {"rows": 5, "pixels": 3, "adding": 3}  # seeds
ARMS = ("tanh", "tanh, orthogonal", "gru", "lstm")
LAYERS = {"tanh": (nn.RNN, 1), "gru": (nn.GRU, 3), "lstm": (nn.LSTM, 4)}
INPUTS = {"rows": 8, "pixels": 1, "adding": 2}
OUTPUTS = {"rows": 10, "pixels": 10, "adding": 1}
BATCH, EVERY, TUNING, LENGTH = 64, 50, 9, 50
RATES = (0.003, 0.01, 0.03)
Part = tuple[Tensor, Tensor, Tensor]  # x (T, B, D), index of the last step, answers


def images_part(x: np.ndarray, y: np.ndarray, task: str) -> Part:
    x = (x.reshape(len(x), -1, INPUTS[task]) / 16 - 0.3).swapaxes(0, 1)
    a = torch.as_tensor(x.copy(), dtype=torch.float32)
    return a, torch.full((len(y),), len(a) - 1), torch.as_tensor(y)


def adding_part(rng: np.random.Generator, count: int) -> Part:
    x, y = adding.batch(rng, count, LENGTH)
    return torch.as_tensor(x), torch.full((count,), LENGTH - 1), torch.as_tensor(y)


def parts(task: str, seed: int) -> dict[str, Part]:
    """ "train" (none for "adding"), "valid" and "test" of a seed."""
    rng = np.random.default_rng([seed, 77])
    if task == "adding":
        return {"valid": adding_part(rng, 1000), "test": adding_part(rng, 2000)}
    images, labels = digits.load()
    order = rng.permutation(len(labels))
    cuts = {"test": order[:360], "valid": order[360:660], "train": order[660:]}
    return {p: images_part(images[i], labels[i], task) for p, i in cuts.items()}


def numbers(task: str, arm: str, units: int) -> int:
    """How many a network learns."""
    blocks = LAYERS[arm.partition(",")[0]][1]
    layer = blocks * (INPUTS[task] * units + units**2 + 2 * units)
    return layer + OUTPUTS[task] * (units + 1)


def width(task: str, arm: str) -> int:
    wanted = numbers(task, "tanh", 64)
    return min(range(1, 65), key=lambda H: abs(numbers(task, arm, H) - wanted))


class Net(nn.Module):
    def __init__(self, task: str, arm: str) -> None:
        super().__init__()
        kind, _, start = arm.partition(", ")
        units = width(task, arm)
        self.rnn = LAYERS[kind][0](INPUTS[task], units)
        self.read_out = nn.Linear(units, OUTPUTS[task])
        if start:
            nn.init.orthogonal_(self.rnn.weight_hh_l0)

    def forward(self, x: Tensor, last: Tensor) -> Tensor:
        h = self.rnn(x)[0]
        return self.read_out(h[last, torch.arange(len(last))])


class Perceptron(nn.Module):
    """Sees the whole input; as many numbers as the tanh network."""

    def __init__(self, task: str) -> None:
        super().__init__()
        size = INPUTS[task] * {"rows": 8, "pixels": 64, "adding": LENGTH}[task]
        units = round(numbers(task, "tanh", 64) / (size + 1 + OUTPUTS[task]))
        self.layers = nn.Sequential(
            nn.Linear(size, units), nn.ReLU(), nn.Linear(units, OUTPUTS[task])
        )

    def forward(self, x: Tensor, last: Tensor) -> Tensor:
        return self.layers(x.transpose(0, 1).flatten(1))


def measure(task: str, o: Tensor, y: Tensor) -> Tensor:
    """The loss: nats, or squared error."""
    if task == "adding":
        return ((o[:, 0] - y) ** 2).mean()
    return F.cross_entropy(o, y)


@torch.no_grad()
def look(net: nn.Module, task: str, part: Part) -> tuple[float, float]:
    """Loss, and share wrong (adding: the loss again)."""
    o = net(*part[:2])
    loss = measure(task, o, part[2]).item()
    if task == "adding":
        return loss, loss
    return loss, (o.argmax(dim=1) != part[2]).double().mean().item()


def train(
    task: str, arm: str, rate: float, seed: int, steps: int, total: int = STEPS
) -> dict:
    """Training losses and validation curve of the first `steps` of `total`; the test at
    the best look."""
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    rng = np.random.default_rng([seed, 5])
    net = Perceptron(task) if arm == "rival" else Net(task, arm)
    data = parts(task, seed)
    optimiser = torch.optim.Adam(net.parameters(), lr=rate)
    left = np.empty(0, int)
    found: dict = {"loss": [], "curve": []}
    best = np.inf
    for step in range(steps):
        if task == "adding":
            x, last, y = adding_part(rng, BATCH)
        else:
            if len(left) < BATCH:
                left = rng.permutation(len(data["train"][2]))
            rows, left = left[:BATCH], left[BATCH:]
            x, last, y = data["train"]
            x, last, y = x[:, rows], last[rows], y[rows]
        for group in optimiser.param_groups:
            group["lr"] = rate * (1 + np.cos(np.pi * step / total)) / 2
        loss = measure(task, net(x, last), y)
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimiser.step()
        found["loss"].append(loss.item())
        if (step + 1) % EVERY == 0:
            found["curve"].append(look(net, task, data["valid"])[0])
            if found["curve"][-1] < best:
                best = found["curve"][-1]
                found["stop"] = step + 1
                found["result"] = look(net, task, data["test"])[1]
    found["valid"] = best
    return found


def task_part(task: str, seed: int) -> dict:
    """Every arm and the rival of one task; nothing for a seed beyond RUNS."""
    found: dict = {}
    if seed >= RUNS[task]:
        return found
    for arm in (*ARMS, "rival"):
        begin = time.process_time()
        rate = CHOSEN[f"{task}, {arm}"]["best"]
        one = train(task, arm, rate, seed, STEPS)
        one["seconds"] = time.process_time() - begin
        losses = one.pop("loss")
        if (task, arm) == ("rows", "tanh"):
            found["loss"] = losses
        found[arm] = one
    data = parts(task, seed)
    if task == "adding":
        trivial = float(data["test"][2].var(correction=0))
    else:
        seen = data["train"][2]
        trivial = float((data["test"][2] != seen.mode().values).double().mean())
    found["trivial"] = trivial
    return found


PARTS = {task: partial(task_part, task) for task in TASKS}


def run(seed: int, steps: int) -> dict:
    """Every task; for a rehearsal the losses of "tanh" on "rows"."""
    if steps < STEPS:
        rate = CHOSEN["rows, tanh"]["best"]
        return {"loss": train("rows", "tanh", rate, seed, steps)["loss"]}
    found = {task: part(seed) for task, part in PARTS.items()}
    found["loss"] = found["rows"].pop("loss")
    return found


# What tune() found.
CHOSEN: dict[str, dict] = {
    "rows, tanh": {
        "best": 0.01,
        "tried": {0.003: 0.11154, 0.01: 0.07192, 0.03: 0.15476},
    },
    "rows, tanh, orthogonal": {
        "best": 0.01,
        "tried": {0.003: 0.11189, 0.01: 0.04348, 0.03: 0.05938},
    },
    "rows, gru": {
        "best": 0.01,
        "tried": {0.003: 0.17652, 0.01: 0.04903, 0.03: 0.07532},
    },
    "rows, lstm": {
        "best": 0.03,
        "tried": {0.003: 0.2591, 0.01: 0.07716, 0.03: 0.05721, 0.09: 0.10816},
    },
    "rows, rival": {
        "best": 0.09,
        "tried": {
            0.003: 0.09609,
            0.01: 0.05984,
            0.03: 0.0541,
            0.09: 0.04563,
            0.3: 0.44717,
        },
    },
    "pixels, tanh": {
        "best": 0.01,
        "tried": {0.003: 0.92377, 0.01: 0.45225, 0.03: 2.30776},
    },
    "pixels, tanh, orthogonal": {
        "best": 0.003,
        "tried": {0.0009: 1.01123, 0.003: 0.32256, 0.01: 1.02489, 0.03: 2.30763},
    },
    "pixels, gru": {
        "best": 0.03,
        "tried": {0.003: 1.18067, 0.01: 0.58456, 0.03: 0.34678, 0.09: 0.42468},
    },
    "pixels, lstm": {
        "best": 0.03,
        "tried": {0.003: 1.16792, 0.01: 0.5475, 0.03: 0.44003, 0.09: 0.96222},
    },
    "pixels, rival": {
        "best": 0.03,
        "tried": {0.003: 0.1112, 0.01: 0.05535, 0.03: 0.05074, 0.09: 0.07074},
    },
    "adding, tanh": {
        "best": 0.003,
        "tried": {0.001: 0.17344, 0.003: 0.17319, 0.01: 0.17567},
    },
    "adding, tanh, orthogonal": {
        "best": 0.003,
        "tried": {0.001: 0.17512, 0.003: 0.17508, 0.01: 0.17571},
    },
    "adding, gru": {
        "best": 0.09,
        "tried": {
            0.003: 0.16932,
            0.01: 0.0011,
            0.03: 0.00033,
            0.09: 0.00023,
            0.3: 0.007,
        },
    },
    "adding, lstm": {
        "best": 0.09,
        "tried": {
            0.003: 0.17511,
            0.01: 0.17538,
            0.03: 0.00458,
            0.09: 0.00052,
            0.3: 0.17133,
        },
    },
    "adding, rival": {
        "best": 0.01,
        "tried": {0.003: 0.16793, 0.01: 0.1677, 0.03: 0.16872},
    },
}


def tune(task: str, arm: str) -> dict:
    """The best rate and the least validation loss of every rate tried."""
    tried = {
        r: round(train(task, arm, r, TUNING, TASKS[task], TASKS[task])["valid"], 5)
        for r in RATES
    }
    while (best := min(tried, key=tried.get)) in (min(tried), max(tried)):
        r = float(f"{best * (0.3 if best == min(tried) else 3):.1g}")
        if not 1e-5 < r < 1:
            break
        tried[r] = round(
            train(task, arm, r, TUNING, TASKS[task], TASKS[task])["valid"], 5
        )
    return {"best": best, "tried": dict(sorted(tried.items()))}


def baseline() -> dict:
    """The adding problem without memory; the rates; units and numbers of each arm."""
    sizes = {
        f"{task}, {arm}": [width(task, arm), numbers(task, arm, width(task, arm))]
        for task in TASKS
        for arm in ARMS
    }
    return {"adding": 1 / 6, "chosen": CHOSEN, "sizes": sizes}


if __name__ == "__main__":
    main(__file__)
