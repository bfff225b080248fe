"""Question 9.6: what clipping changes: where steps rest, how long they take, and whither."""

from __future__ import annotations

from typing import Any

import numpy as np

from unrolled.grader.checks.slips import (
    Slip,
    array,
    expect_same_arguments,
    hint,
    misconceptions,
)
from unrolled.grader.question import Ask, Call, Limits, Property, Question, Wrong

SCALE = "§9.8, eq-clip-scale"
COS = "§9.8, eq-clip-cos"


def _pull(theta, a, limit):
    return np.clip(theta - a, -limit, limit).sum()


def rest(a, limit):
    low, high = a.min(), a.max()
    for _ in range(100):
        middle = (low + high) / 2
        if _pull(middle, a, limit) > 0:
            high = middle
        else:
            low = middle
    return (low + high) / 2


def updates(theta, rate, limit, goal):
    far = abs(theta)
    walk = 0
    if far > max(limit, goal):
        walk = int(np.ceil((far - max(limit, goal)) / (rate * limit)))
        far -= walk * rate * limit
    shrink = np.log(goal / far) / np.log(1 - rate) if far > goal else 0
    return walk + int(np.ceil(shrink))


def tilted(n, cosine):
    """Entries M, 1, 1, ...: the larger root of a quadratic equation."""
    c = cosine**2 * n
    g = np.ones(n)
    g[0] = (n - 1 + np.sqrt((n - 1) * c * (n - c))) / (c - 1)
    return g


# --- wrong places of rest -------------------------------------------------------------


def _mean(a, limit):
    return a.mean()


def _median(a, limit):
    return np.median(a)


def _mean_of_clipped(a, limit):
    return np.clip(a, -limit, limit).mean()


def _around_the_median(a, limit):
    """One step: numbers clipped around the median, and their mean."""
    m = np.median(a)
    return m + np.clip(a - m, -limit, limit).mean()


def _around_the_mean(a, limit):
    m = a.mean()
    return m + np.clip(a - m, -limit, limit).mean()


def _far_ones_left_out(a, limit):
    m = np.median(a)
    return a[np.abs(a - m) <= limit].mean() if (np.abs(a - m) <= limit).any() else m


def _twice_the_limit(a, limit):
    return rest(a, 2 * limit)


def _half_the_limit(a, limit):
    return rest(a, limit / 2)


# --- wrong numbers of updates ---------------------------------------------------------


def _never_clipped(theta, rate, limit, goal):
    return updates(theta, rate, np.inf, goal)


def _always_clipped(theta, rate, limit, goal):
    return int(np.ceil(max(abs(theta) - goal, 0) / (rate * limit)))


def _walk_alone(theta, rate, limit, goal):
    return int(np.ceil(max(abs(theta) - max(limit, goal), 0) / (rate * limit)))


def _shrink_alone(theta, rate, limit, goal):
    near = min(abs(theta), limit)
    return int(np.ceil(np.log(goal / near) / np.log(1 - rate))) if near > goal else 0


def _from_the_limit(theta, rate, limit, goal):
    """As if the walk ended exactly at the limit."""
    if not abs(theta) > limit:
        return updates(theta, rate, limit, goal)
    return _walk_alone(theta, rate, limit, goal) + _shrink_alone(
        limit, rate, limit, goal
    )


def _steps_of_limit(theta, rate, limit, goal):
    """A clipped step as long as the limit."""
    far, walk = abs(theta), 0
    if far > max(limit, goal):
        walk = int(np.ceil((far - max(limit, goal)) / limit))
        far = abs(far - walk * limit)
    shrink = np.log(goal / far) / np.log(1 - rate) if far > goal else 0
    return walk + int(np.ceil(shrink))


def _cut_off(theta, rate, limit, goal):
    return max(updates(theta, rate, limit, goal) - 1, 0)


def _one_more(theta, rate, limit, goal):
    return updates(theta, rate, limit, goal) + 1


def _positive_alone(theta, rate, limit, goal):
    return updates(theta, rate, limit, goal) if theta > 0 else 0


def _decay_by_rate(theta, rate, limit, goal):
    """Every near step leaves the share `rate`."""
    far, walk = abs(theta), 0
    if far > max(limit, goal):
        walk = _walk_alone(theta, rate, limit, goal)
        far -= walk * rate * limit
    shrink = np.log(goal / far) / np.log(rate) if far > goal else 0
    return walk + int(np.ceil(shrink))


def _goal_below_the_limit(theta, rate, limit, goal):
    """Walks to the limit although the goal is farther out."""
    far, walk = abs(theta), 0
    if far > limit:
        walk = int(np.ceil((far - limit) / (rate * limit)))
        far -= walk * rate * limit
    shrink = np.log(goal / far) / np.log(1 - rate) if far > goal else 0
    return walk + int(np.ceil(shrink))


def _near_by_exp(theta, rate, limit, goal):
    """e**(-rate) for 1 - rate."""
    far, walk = abs(theta), 0
    if far > max(limit, goal):
        walk = _walk_alone(theta, rate, limit, goal)
        far -= walk * rate * limit
    shrink = np.log(far / goal) / rate if far > goal else 0
    return walk + int(np.ceil(shrink))


# --- wrong directions -----------------------------------------------------------------


def _one_entry_alone(n, cosine):
    g = np.zeros(n)
    g[0] = 1 / cosine
    return g


def _as_far_as_possible(n, cosine):
    g = np.ones(n)
    g[0] = 1e9
    return g


def _angle_to_an_axis(n, cosine):
    """The cosine of g and its largest axis."""
    g = np.ones(n)
    g[0] = np.sqrt((n - 1) / (1 / cosine**2 - 1))
    return g


def _clipped_returned(n, cosine):
    return np.clip(tilted(n, cosine), -1, 1)


def _small_terms_left_out(n, cosine):
    """M / (sqrt(n) sqrt(M^2 + n - 1)) = cosine, the small entries' share forgotten."""
    square = cosine**2 * n * (n - 1) / abs(1 - cosine**2 * n)
    g = np.ones(n)
    g[0] = np.sqrt(square)
    return g


# --- numbers --------------------------------------------------------------------------


def _clouds(rng: np.random.Generator) -> list[tuple[Any, float]]:
    """Numbers with a few far out on one side; limits between their sizes."""
    drawn = []
    for n, limit in ((7, 0.8), (12, 0.5), (5, 2.0), (9, 1.0)):
        a = rng.standard_normal(n) + 4 * rng.uniform(-1, 1)
        a[: n // 3] += rng.choice([-1, 1]) * rng.uniform(4, 9, n // 3)
        rng.shuffle(a)
        drawn.append((a, limit))
    return drawn


def _extremes(rng: np.random.Generator) -> list[tuple[Any, float]]:
    a, b = rng.standard_normal(6) + 2, rng.standard_normal(8) - 1
    a[2] = 1e6
    b[:2] = -1e4, 30
    odd = np.append(rng.standard_normal(4), 50.0)
    return [
        (a, 1.0),
        (b, 1e6),
        (b, np.inf),
        (odd, 1e-6),
        (rng.standard_normal(6) * 5, 1e-4),
        (np.array([3.0]), 0.5),
        (np.array([-2.0, 8.0]), 1.0),
    ]


def _margin(theta: float, rate: float, limit: float, goal: float) -> bool:
    """Whether no rounding decides the number of updates."""
    far = abs(theta)
    if far > max(limit, goal):
        walk = (far - max(limit, goal)) / (rate * limit)
        if abs(walk - round(walk)) < 1e-3:
            return False
        far -= np.ceil(walk) * rate * limit
    if far > goal:
        shrink = np.log(goal / far) / np.log(1 - rate)
        return abs(shrink - round(shrink)) > 1e-3
    return True


def _ways(rng: np.random.Generator, kinds: Any) -> list[tuple[float, ...]]:
    drawn = []
    for far, rate, limit, goal in kinds:
        while True:
            theta = float(rng.choice([-1, 1]) * far * rng.uniform(0.7, 1.3))
            args = theta, rate, limit, goal * float(rng.uniform(0.8, 1.2))
            if _margin(*args):
                break
        drawn.append(args)
    return drawn


SHORT = (
    (20.0, 0.1, 1.0, 0.01),
    (5.0, 0.3, 2.0, 0.5),
    (0.6, 0.2, 1.0, 0.001),
    (40.0, 0.05, 0.7, 1e-6),
    (9.0, 0.5, 3.0, 0.1),
)
LONG = (
    (1e9, 0.01, 0.5, 1e-3),  # no loop gets there
    (1e6, 0.1, 1.0, 0.01),
    (50.0, 0.2, 1.0, 7.0),  # the goal is outside the limit
    (1e4, 0.1, np.inf, 0.1),
    (0.01, 0.1, 1.0, 0.5),  # there already
    (3e3, 0.9, 2.0, 5e-9),
)


def _tilts(rng: np.random.Generator) -> list[tuple[int, float]]:
    drawn = []
    for n in (2, 3, 10, 100):
        for _ in range(2):
            drawn.append((n, float(rng.uniform(1.05 / np.sqrt(n), 0.97))))
    return drawn


def _expect_rest(ask: Ask, a: Any, limit: float) -> None:
    reply = ask("rest", a, limit)
    where = f"for {len(a)} numbers and limit {limit:g}"
    got = float(array(reply.value, (), f"{where} the result"))
    if not np.isfinite(got):
        raise Wrong(f"{where} the result is {got}.")
    near = 1e-5 * (1 + abs(got))
    if not _pull(got - near, a, limit) <= 0 <= _pull(got + near, a, limit):
        pull = _pull(got, a, limit) / len(a)
        tip = hint(SLIPS, "rest", (a, limit), got, rest(a, limit))
        way = "falls" if pull > 0 else "grows"
        raise Wrong(
            f"{where} the mean clipped gradient at your result {got:.6g} is {pull:.3g}: theta still {way}.{tip}"
        )
    expect_same_arguments((a, limit), reply.args_after)


def _expect_updates(ask: Ask, args: tuple[float, ...]) -> None:
    got = float(array(ask("updates", *args).value, (), "the number of updates"))
    want = updates(*args)
    if got != want:
        theta, rate, limit, goal = args
        where = (
            f"for theta = {theta:.6g}, rate {rate:g}, limit {limit:g}, goal {goal:.3g}"
        )
        tip = hint(SLIPS, "updates", args, int(got) if got == got // 1 else got, want)
        raise Wrong(f"{where} there are {got:.15g} updates, expected {want}.{tip}")


def _test_rest(ask: Ask, rng: np.random.Generator) -> None:
    for a, limit in _clouds(rng):
        _expect_rest(ask, a, limit)


def _test_rest_extreme(ask: Ask, rng: np.random.Generator) -> None:
    for a, limit in _extremes(rng):
        _expect_rest(ask, a, limit)


def _test_updates(ask: Ask, rng: np.random.Generator) -> None:
    for args in _ways(rng, SHORT):
        _expect_updates(ask, args)


def _test_updates_long(ask: Ask, rng: np.random.Generator) -> None:
    """The last of the tests: a loop ends the worker, and must not cost other points."""
    for args in _ways(rng, LONG):
        try:
            _expect_updates(ask, args)
        except Wrong as wrong:
            if wrong.kind != "dead":
                raise
            raise Wrong(
                f"for theta = {args[0]:.3g}, rate {args[1]:g}, limit {args[2]:g} `updates` did not come back in time. If it makes the updates one by one, that is why: there are {updates(*args):.2g} of them. While they are clipped all are of one length, so that a division counts them.",
                "dead",
            ) from wrong


def _test_tilted(ask: Ask, rng: np.random.Generator) -> None:
    for n, cosine in _tilts(rng):
        g = array(ask("tilted", n, cosine).value, (n,), "g")
        where = f"for n = {n}, cosine = {cosine:.4f}"
        if not np.isfinite(g).all() or not g.any():
            raise Wrong(f"{where}: g is all zeros or has entries that are not numbers.")
        c = np.clip(g, -1, 1)
        found = float(c @ g / (np.linalg.norm(c) * np.linalg.norm(g)))
        if abs(found - cosine) > 1e-4:
            tip = hint(SLIPS, "tilted", (n, cosine), g, tilted(n, cosine))
            raise Wrong(f"{where}: the cosine of your g is {found:.4f}.{tip}")


def _cases(rng: np.random.Generator) -> list[Call]:
    calls = [Call("rest", *args) for args in (*_clouds(rng), *_extremes(rng)[:3])]
    calls += [Call("updates", *a) for a in (*_ways(rng, SHORT), *_ways(rng, LONG))]
    calls += [Call("tilted", *args) for args in _tilts(rng)]
    return calls


SLIPS = (
    Slip(
        "the mean",
        "rest",
        _mean,
        "You return the mean, where the gradients balance that are *not* clipped (or clipped after averaging). Clipped one by one, a far number pulls no harder than the limit, however far it is.",
        SCALE,
        "That is the mean.",
    ),
    Slip(
        "the median",
        "rest",
        _median,
        "You return the median, where as many pull up as down. That is right when every pull is as strong as the limit. The near ones pull less.",
        SCALE,
        "That is the median.",
    ),
    Slip(
        "mean of clipped numbers",
        "rest",
        _mean_of_clipped,
        "You clip the numbers. Clipped are the gradients, the distances from theta.",
        SCALE,
        "The numbers are clipped, not the distances.",
    ),
    Slip(
        "clipped around the median",
        "rest",
        _around_the_median,
        "You clip the distances from the median and take one step. That is a good start; where you come to, the distances are others. Go on until nothing moves.",
        SCALE,
        "That is one step from the median.",
    ),
    Slip(
        "clipped around the mean",
        "rest",
        _around_the_mean,
        "You clip the distances from the mean and take one step. Where you come to, the distances are others. Go on until nothing moves.",
        SCALE,
        "That is one step from the mean.",
    ),
    Slip(
        "far ones left out",
        "rest",
        _far_ones_left_out,
        "You leave out the far numbers. They still pull, with the strength of the limit.",
        SCALE,
        "Far numbers still pull.",
    ),
    Slip(
        "twice the limit",
        "rest",
        _twice_the_limit,
        "Your pulls are clipped at twice the limit. The gradient of half a squared distance is the distance itself.",
        SCALE,
        "The limit is used twice over.",
    ),
    Slip(
        "half the limit",
        "rest",
        _half_the_limit,
        "Your pulls are clipped at half the limit. The gradient of *half* a squared distance is the distance, not twice that.",
        SCALE,
        "The gradient is the distance itself.",
    ),
    Slip(
        "never clipped",
        "updates",
        _never_clipped,
        "You count as if nothing were clipped. Far from 0 every step has the same length: which?",
        SCALE,
        "Nothing is clipped in this count.",
    ),
    Slip(
        "always clipped",
        "updates",
        _always_clipped,
        "You walk all the way in steps of one length. Near 0 the gradient is below the limit, and each step takes a share of what is left.",
        SCALE,
        "Near 0 steps get shorter.",
    ),
    Slip(
        "the walk alone",
        "updates",
        _walk_alone,
        "You stop counting where clipping ends. From there it goes on, with ever shorter steps, to the goal.",
        SCALE,
        "The last part of the way is missing.",
    ),
    Slip(
        "the end alone",
        "updates",
        _shrink_alone,
        "You count the steps that are not clipped. Those before are missing.",
        SCALE,
        "The first part of the way is missing.",
    ),
    Slip(
        "from the limit on",
        "updates",
        _from_the_limit,
        "You begin the second part of the way at the limit. The last clipped step goes some way past it: where does it end?",
        SCALE,
        "The last clipped step passes the limit.",
    ),
    Slip(
        "steps as long as the limit",
        "updates",
        _steps_of_limit,
        "Your clipped steps are as long as the limit. That is the gradient's length; the step is the gradient times the rate.",
        SCALE,
        "The rate is missing in the clipped steps.",
    ),
    Slip(
        "one too few",
        "updates",
        _cut_off,
        "Your number is one too small: after so many updates the goal is not reached. A part of a step is a step.",
        SCALE,
        "One too few.",
    ),
    Slip(
        "one too many",
        "updates",
        _one_more,
        "Your number is one too large: the goal is reached one update earlier. Whoever is there needs none.",
        SCALE,
        "One too many.",
    ),
    Slip(
        "positive starts alone",
        "updates",
        _positive_alone,
        "You return 0 for a negative start. The goal is a distance from 0.",
        SCALE,
        "A negative start is not at the goal.",
    ),
    Slip(
        "the share exchanged",
        "updates",
        _decay_by_rate,
        "In the second part each of your steps *leaves* the share `rate`. It takes that share away.",
        SCALE,
        "The share that is left is another one.",
    ),
    Slip(
        "walk to the limit always",
        "updates",
        _goal_below_the_limit,
        "You walk as far as the limit, also when the goal is reached before.",
        SCALE,
        "The goal can lie outside the limit.",
    ),
    Slip(
        "a continuous decay",
        "updates",
        _near_by_exp,
        "In the second part you use an exponential in continuous time. Steps are finite: each leaves the share 1 - rate.",
        SCALE,
        "Each step leaves a share.",
    ),
    Slip(
        "one entry alone",
        "tilted",
        _one_entry_alone,
        "Your g has one entry that is not zero. Clipping makes it shorter, and its direction stays.",
        COS,
        "The direction does not change.",
    ),
    Slip(
        "as far as possible",
        "tilted",
        _as_far_as_possible,
        "Your g turns as far as any can, almost to $1/\\sqrt{n}$. A given cosine was asked for: how large must the large entry be?",
        COS,
        "That turns as far as possible.",
    ),
    Slip(
        "angle to an axis",
        "tilted",
        _angle_to_an_axis,
        "You computed the angle between g and an axis. The clipped g does not lie along an axis.",
        COS,
        "That is the angle to an axis.",
    ),
    Slip(
        "the clipped one returned",
        "tilted",
        _clipped_returned,
        "You return the clipped gradient. The one before clipping was asked for.",
        COS,
        "That is the clipped gradient.",
    ),
    Slip(
        "small terms left out",
        "tilted",
        _small_terms_left_out,
        "In the product of g and its clipped form you leave out the small entries. There are n - 1 of them.",
        COS,
        "The small entries count in the product too.",
    ),
)

QUESTION = Question(
    id="09.6",
    title="what clipping changes",
    answers=("rest", "updates", "tilted"),
    reference={"rest": rest, "updates": updates, "tilted": tilted},
    properties=(
        Property(
            "rest is where gradients that are clipped one by one balance",
            1,
            _test_rest,
            SCALE,
        ),
        Property(
            "rest is right for numbers a million away and for very small and very large limits",
            1,
            _test_rest_extreme,
            SCALE,
        ),
        Property(
            "updates is right for starts within and outside the limit",
            1,
            _test_updates,
            SCALE,
        ),
        Property(
            "tilted is turned by clipping exactly as far as asked",
            1,
            _test_tilted,
            COS,
        ),
        Property(
            "updates is right for starts a thousand million away, without limit, and where the goal is near",
            1,
            _test_updates_long,
            SCALE,
        ),
    ),
    misconceptions=misconceptions(SLIPS),
    cases=_cases,
    limits=Limits(wall=10.0, cpu=4.0),  # for loops that never end
)
