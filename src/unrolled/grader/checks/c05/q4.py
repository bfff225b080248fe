"""Question 5.4: counts as the opponent."""

from __future__ import annotations

import functools

import numpy as np

from unrolled.grader.checks.c05.common import expect_distributions
from unrolled.grader.checks.judging import Array, as_array, expect_number, near
from unrolled.grader.question import Ask, Call, Misconception, Property, Question, Wrong

Names = list[list[int]]
DIST, NATS = "probabilities", "mean_nats"


def followers(train: Names, h: list[int], V: int) -> Array:
    """How often each symbol came directly after h in the names, ends included."""
    return _counted(tuple(map(tuple, train)), tuple(h), V).copy()


@functools.lru_cache(4096)  # every misconception counts the same names
def _counted(train, h, V):
    counts = np.zeros(V)
    for name in train:
        symbols = (*name, 0)
        for t in range(len(h), len(symbols)):
            if symbols[t - len(h) : t] == h:
                counts[symbols[t]] += 1
    return counts


def contexts(context: list[int], n: int) -> list[list[int]]:
    """The contexts that count, the shortest first."""
    context = list(context)
    return [context[len(context) - m :] for m in range(min(n - 1, len(context)) + 1)]


def interpolated(counts: list[Array], V: int, d: float) -> Array:
    """Absolute discounting of the counts after each context, the shortest first."""
    p = np.full(V, 1.0 / V)
    for c in counts:
        if c.any():
            collected = d * np.count_nonzero(c)
            p = (np.maximum(c - d, 0.0) + collected * p) / c.sum()
    return p


def probabilities(train: Names, context: list[int], n: int, V: int, d: float) -> Array:
    return interpolated([followers(train, h, V) for h in contexts(context, n)], V, d)


def nats_of(distribution, name: list[int]) -> list[float]:
    """The loss at every symbol of a name and at its end; distribution(context)."""
    symbols = [*name, 0]
    return [
        -float(np.log(distribution(symbols[:t])[symbols[t]]))
        for t in range(len(symbols))
    ]


def mean_nats(train: Names, test: Names, n: int, V: int, d: float) -> float:
    def after(context):
        return probabilities(train, context, n, V, d)

    return np.mean([v for name in test for v in nats_of(after, name)])


def _stream(train):
    return [s for name in train for s in [*name, 0]]


def _across_names(train, context, n, V, d):
    """Counted on the letters of all names, one after the other without their ends."""
    stream, counts = [s for name in train for s in name], []
    for h in contexts(context, n):
        c, m = np.zeros(V), len(h)
        for t in range(m, len(stream)):
            if stream[t - m : t] == h:
                c[stream[t]] += 1
        counts.append(c)
    return interpolated(counts, V, d)


def _start_after_an_end(train, context, n, V, d):
    """The whole set as one text, in which a name begins after the end before it."""
    stream, counts = [0, *_stream(train)], []
    for h in contexts([0, *context], n):
        c, m = np.zeros(V), len(h)
        for t in range(max(m, 1), len(stream)):
            if stream[t - m : t] == h:
                c[stream[t]] += 1
        counts.append(c)
    return interpolated(counts, V, d)


def _at_the_start_alone(train, context, n, V, d):
    """A short context is looked for where names begin, not everywhere."""
    counts = []
    for h in contexts(context, n):
        if len(h) == n - 1:
            c = followers(train, h, V)
        else:
            c = np.zeros(V)
            for name in train:
                symbols = [*name, 0]
                if len(h) < len(symbols) and symbols[: len(h)] == h:
                    c[symbols[len(h)]] += 1
        counts.append(c)
    return interpolated(counts, V, d)


def _no_ends(train, context, n, V, d):
    counts = []
    for h in contexts(context, n):
        c = followers(train, h, V)
        c[0] = 0
        counts.append(c)
    return interpolated(counts, V, d)


def _unseen_is_nan(train, context, n, V, d):
    p = np.full(V, 1.0 / V)
    with np.errstate(all="ignore"):
        for h in contexts(context, n):
            c = followers(train, h, V)
            p = (np.maximum(c - d, 0.0) + d * np.count_nonzero(c) * p) / c.sum()
    return p


def _unseen_is_zero(train, context, n, V, d):
    p = np.full(V, 1.0 / V)
    for h in contexts(context, n):
        c = followers(train, h, V)
        collected = d * np.count_nonzero(c)
        p = (np.maximum(c - d, 0.0) + collected * p) / max(c.sum(), 1)
    return p


def _unseen_is_uniform(train, context, n, V, d):
    whole = contexts(context, n)[-1]
    if not followers(train, whole, V).any():
        return np.full(V, 1.0 / V)
    return probabilities(train, context, n, V, d)


def _no_discount(train, context, n, V, d):
    p = np.full(V, 1.0 / V)
    for h in contexts(context, n):
        c = followers(train, h, V)
        if c.any():
            p = (c + d * np.count_nonzero(c) * p) / c.sum()
    return p


def _nothing_given_away(train, context, n, V, d):
    p = np.full(V, 1.0 / V)
    for h in contexts(context, n):
        c = followers(train, h, V)
        if c.any():
            p = np.where(
                c > 0, (c - d) / c.sum(), d * np.count_nonzero(c) * p / c.sum()
            )
    return p


def _discounted_below_zero(train, context, n, V, d):
    p = np.full(V, 1.0 / V)
    for h in contexts(context, n):
        c = followers(train, h, V)
        if c.any():
            p = (c - d + d * np.count_nonzero(c) * p) / c.sum()
    return p


def _plain_d(train, context, n, V, d):
    p = np.full(V, 1.0 / V)
    for h in contexts(context, n):
        c = followers(train, h, V)
        if c.any():
            p = np.maximum(c - d, 0.0) / c.sum() + d * p
    return p


def _d_once(train, context, n, V, d):
    p = np.full(V, 1.0 / V)
    for h in contexts(context, n):
        c = followers(train, h, V)
        if c.any():
            p = (np.maximum(c - d, 0.0) + d * p) / c.sum()
    return p


def _all_symbols_different(train, context, n, V, d):
    p = np.full(V, 1.0 / V)
    for h in contexts(context, n):
        c = followers(train, h, V)
        if c.any():
            p = (np.maximum(c - d, 0.0) + d * V * p) / c.sum()
    return p


def _types(train, context, n, V, d):
    different = [list(name) for name in dict.fromkeys(map(tuple, train))]
    return probabilities(different, context, n, V, d)


def _each_follower_once(train, context, n, V, d):
    counts = [np.minimum(followers(train, h, V), 1) for h in contexts(context, n)]
    return interpolated(counts, V, d)


def _witten_bell(train, context, n, V, d):
    p = np.full(V, 1.0 / V)
    for h in contexts(context, n):
        c = followers(train, h, V)
        if c.any():
            different = np.count_nonzero(c)
            p = (c + different * p) / (c.sum() + different)
    return p


def _n_before(train, context, n, V, d):
    return probabilities(train, context, n + 1, V, d)


def _longest_alone(train, context, n, V, d):
    """Backs off to the uniform distribution at once."""
    p = np.full(V, 1.0 / V)
    for h in reversed(contexts(context, n)):
        c = followers(train, h, V)
        if c.any():
            return interpolated([c], V, d)
    return p


def _longest_or_uniform(train, context, n, V, d):
    """The longest context and the uniform distribution, nothing between."""
    return interpolated([followers(train, contexts(context, n)[-1], V)], V, d)


def _uniform_without_the_end(train, context, n, V, d):
    p = np.full(V, 1.0 / (V - 1))
    for h in contexts(context, n):
        c = followers(train, h, V)
        if c.any():
            p = (np.maximum(c - d, 0.0) + d * np.count_nonzero(c) * p) / c.sum()
    return p


def _newest_dropped(train, context, n, V, d):
    whole = contexts(context, n)[-1]
    counts = [followers(train, whole[:m], V) for m in range(len(whole) + 1)]
    return interpolated(counts, V, d)


def _first_symbols(train, context, n, V, d):
    return probabilities(train, list(context)[: max(n - 1, 0)], n, V, d)


def _no_uniform(train, context, n, V, d):
    c = followers(train, [], V)
    p = c / c.sum()
    for h in contexts(context, n)[1:]:
        c = followers(train, h, V)
        if c.any():
            p = (np.maximum(c - d, 0.0) + d * np.count_nonzero(c) * p) / c.sum()
    return p


def _counts_the_test_too(train, test, n, V, d):
    return mean_nats([*train, *test], test, n, V, d)


def _counts_the_test_alone(train, test, n, V, d):
    return mean_nats(test, test, n, V, d)


def _evaluates_on_train(train, test, n, V, d):
    return mean_nats(train, train, n, V, d)


def _learns_on_the_way(train, test, n, V, d):
    seen, nats = list(train), []
    for name in test:
        nats += nats_of(lambda h: probabilities(seen, h, n, V, d), name)
        seen.append(name)
    return np.mean(nats)


def _mean_of_names(train, test, n, V, d):
    def after(context):
        return probabilities(train, context, n, V, d)

    return np.mean([np.mean(nats_of(after, name)) for name in test])


def _sum_by_names(train, test, n, V, d):
    def after(context):
        return probabilities(train, context, n, V, d)

    return np.mean([np.sum(nats_of(after, name)) for name in test])


def _ends_not_evaluated(train, test, n, V, d):
    def after(context):
        return probabilities(train, context, n, V, d)

    return np.mean([v for name in test for v in nats_of(after, name)[:-1]])


def _ends_not_divided_by(train, test, n, V, d):
    total = mean_nats(train, test, n, V, d) * sum(len(name) + 1 for name in test)
    return total / sum(len(name) for name in test)


def _in_bits(train, test, n, V, d):
    return mean_nats(train, test, n, V, d) / np.log(2)


def _as_perplexity(train, test, n, V, d):
    return np.exp(mean_nats(train, test, n, V, d))


def _one_long_text(train, test, n, V, d):
    """Names joined into a text, for counting and for judging."""
    text, stream, nats = _stream(train), _stream(test), []
    for t, symbol in enumerate(stream):
        p = np.full(V, 1.0 / V)
        for m in range(min(n - 1, t) + 1):
            c, h = np.zeros(V), stream[t - m : t]
            for i in range(m, len(text)):
                if text[i - m : i] == h:
                    c[text[i]] += 1
            if c.any():
                p = (np.maximum(c - d, 0.0) + d * np.count_nonzero(c) * p) / c.sum()
        nats.append(-np.log(p[symbol]))
    return np.mean(nats)


def _draw_names(rng: np.random.Generator, count: int, V: int) -> Names:
    """Names from a chain with preferences; some of them come twice."""
    steps = rng.dirichlet(np.full(V - 1, 0.4), size=V)
    names: Names = []
    while len(names) < count:
        name: list[int] = []
        for _ in range(1 + int(rng.integers(5))):
            name.append(1 + int(rng.choice(V - 1, p=steps[name[-1] if name else 0])))
        names.append(name)
    return [*names, *([*names[i]] for i in range(0, count, 3))]


def _some(rng: np.random.Generator, V: int = 5, count: int = 12) -> tuple[Names, Names]:
    names = _draw_names(rng, count + 6, V)
    order = rng.permutation(len(names))
    names = [names[i] for i in order]
    return names[6:], names[:6]


def _seen_context(rng: np.random.Generator, train: Names, m: int) -> list[int]:
    """A context of m symbols that occurs inside a training name."""
    long = [name for name in train if len(name) >= m]
    name = long[int(rng.integers(len(long)))]
    i = int(rng.integers(len(name) - m + 1))
    return name[i : i + m]


def _unseen_contexts(train: Names, V: int) -> list[list[int]]:
    """Contexts of two symbols that never occurred, each symbol of which did."""
    pairs = [[a, b] for a in range(1, V) for b in range(1, V)]
    return [
        h
        for h in pairs
        if not followers(train, h, V).any() and followers(train, h[1:], V).any()
    ]


def _judge(ask: Ask, args: tuple, where: str) -> None:
    train, _, _, V, _ = args
    reply = ask(DIST, *args)
    got = np.asarray(reply.value)
    if got.dtype.kind == "f" and got.shape == (V,) and not np.isfinite(got).all():
        raise Wrong(
            f"{where}: there are NaN or infinite entries. Where c(u) is 0 nothing can be divided by it."
        )
    got = as_array(reply.value, (V,), where)
    want = probabilities(*args)
    if near(got, want):
        if reply.args_after[0] != train:
            raise Wrong("the call changed the list of training names.")
        return
    expect_distributions(got, f"{where}:")
    raise Wrong(
        f"{where}: the probabilities sum to 1 but differ from the formula by up to {np.max(np.abs(got - want)):.2g}."
    )


def _test_no_context(ask: Ask, rng: np.random.Generator) -> None:
    for V, n in ((4, 1), (6, 1), (5, 3)):
        train, _ = _some(rng, V)
        _judge(ask, (train, [], n, V, 0.4), f"V = {V}, n = {n}, no context")
    train, _ = _some(rng)
    rare = [[s for s in name if s != 3] or [1] for name in train]
    _judge(ask, (rare, [], 2, 5, 0.7), "with a symbol that no training name has")


def _test_seen(ask: Ask, rng: np.random.Generator) -> None:
    for n, m, d in ((2, 1, 0.75), (3, 2, 0.3), (3, 1, 0.6), (2, 3, 0.5)):
        train, _ = _some(rng)
        h = _seen_context(rng, train, m)
        where = (
            f"n = {n} after a known context of {m} {'symbol' if m == 1 else 'symbols'}"
        )
        _judge(ask, (train, h, n, 5, d), where)


def _test_unseen(ask: Ask, rng: np.random.Generator) -> None:
    for _ in range(2):
        train, _ = _some(rng, V=6, count=8)
        h = _unseen_contexts(train, 6)[0]
        _judge(ask, (train, h, 3, 6, 0.6), "n = 3 after a context that never occurred")
        _judge(ask, (train, [2, 1, *h], 4, 6, 0.6), "n = 4 after such a context")
    train, _ = _some(rng)
    train = [[s for s in name if s != 2] or [1] for name in train]
    _judge(ask, (train, [1, 2], 3, 5, 0.5), "after a symbol that no training name has")


NATS_HINTS = (
    (_counts_the_test_too, "That is what counting the test names as well gives."),
    (_counts_the_test_alone, "That is what counting on the test names gives."),
    (_learns_on_the_way, "That adds each test name to the counts once it was judged."),
    (_mean_of_names, "That is a mean of the names' means: weigh every symbol alike."),
    (_ends_not_evaluated, "The ends of the test names are not judged."),
    (_ends_not_divided_by, "The ends are symbols too: count them in the divisor."),
    (_in_bits, "Those are bits."),
    (_as_perplexity, "That is the perplexity: asked for is its logarithm."),
    (_one_long_text, "The contexts reach back into the name before."),
)


def _test_nats(ask: Ask, rng: np.random.Generator) -> None:
    for V, n, d in ((5, 3, 0.6), (4, 2, 0.35)):
        train, test = _some(rng, V, count=8)
        args = (train, test, n, V, d)
        reply = ask(NATS, *args)
        want = float(mean_nats(*args))
        value = np.asarray(reply.value)
        if (
            value.shape == ()
            and value.dtype.kind == "f"
            and not np.isclose(value, want)
        ):
            own = _by_own_probabilities(ask, args)
            if own is not None and np.isclose(value, own, rtol=1e-6):
                continue  # the mistake is the other function's, which has its points
        hints = [(float(f(*args)), hint) for f, hint in NATS_HINTS]
        expect_number(reply.value, want, f"for n = {n}", hints)
        if list(reply.args_after[:2]) != [train, test]:
            raise Wrong("the call changed the lists of names.")


def _by_own_probabilities(ask: Ask, args: tuple) -> float | None:
    """The loss with the learner's own distributions, if these are distributions."""
    train, test, n, V, d = args
    nats = []
    for name in test:
        symbols = [*name, 0]
        for t in range(len(symbols)):
            try:
                value = ask(DIST, train, symbols[:t], n, V, d).value
                p = as_array(value, (V,), "")
                expect_distributions(p, "")
            except Wrong:
                return None
            if np.ptp(p) < 1e-9 or p[symbols[t]] <= 0:
                return None
            nats.append(-np.log(p[symbols[t]]))
    return float(np.mean(nats))


def _cases(rng: np.random.Generator) -> list[Call]:
    calls = []
    for n, m in ((1, 0), (2, 0), (2, 1), (3, 2), (3, 1), (2, 3)):
        train, _ = _some(rng)
        h = _seen_context(rng, train, m)
        calls.append(Call(DIST, train, h, n, 5, 0.6))
    train, _ = _some(rng, V=6, count=8)
    calls.append(Call(DIST, train, _unseen_contexts(train, 6)[0], 3, 6, 0.4))
    train = [[s for s in name if s != 3] or [1] for name in _some(rng)[0]]
    calls.append(Call(DIST, train, [], 2, 5, 0.6))
    # rows made by hand: one name twice, a pair across a boundary, a tail that begins
    calls.append(Call(DIST, [[1, 2], [3, 1, 2], [1, 2], [2, 3]], [1, 2], 3, 5, 0.5))
    calls.append(Call(DIST, [[1, 2], [3, 1, 2], [1, 2], [2, 3]], [2], 3, 5, 0.5))
    for V, n in ((5, 3), (4, 2)):
        train, test = _some(rng, V, count=8)
        calls.append(Call(NATS, train, test, n, V, 0.6))
    return calls


READ = "§5.3, and the formula of the task"

QUESTION = Question(
    id="05.4",
    title="counts as the opponent",
    answers=(DIST, NATS),
    reference={DIST: probabilities, NATS: mean_nats},
    properties=(
        Property(
            "Without a context the discounted counts and the uniform share are right, also for a symbol never seen",
            1,
            _test_no_context,
            READ,
        ),
        Property(
            "After a known context, short or too long, the distribution is the formula's",
            1,
            _test_seen,
            READ,
        ),
        Property(
            "After a context that never occurred it is the shorter context's",
            1,
            _test_unseen,
            READ,
        ),
        Property(
            "mean_nats counts on train alone and weighs every symbol of test alike, ends included",
            1,
            _test_nats,
            "§5.3 and §5.7",
        ),
    ),
    misconceptions=(
        Misconception(
            "contexts across names",
            _across_names,
            "Your counts run from one name into the next, and the ends are not there: the last letter of a name seems to be followed by the first of another. Count inside each name, its end 0 included.",
            "§5.3",
        ),
        Misconception(
            "a start after an end",
            _start_after_an_end,
            "You let a name begin in the context of an end, as the chapter does. That is a fair model (the start is a symbol then), but not the task's: at the start the context is empty, and all symbols of all names count.",
            READ,
        ),
        Misconception(
            "short contexts at the start alone",
            _at_the_start_alone,
            "You count what follows a short context where names begin and nowhere else. A context counts wherever it stands: the counts after nothing are those of all symbols.",
            READ,
        ),
        Misconception(
            "ends not counted",
            _no_ends,
            "You do not count the ends. A model that never learned when a name is over gives its end the probability of a symbol it has not seen. Append 0 to every name before you count.",
            "§5.3 and §5.11",
        ),
        Misconception(
            "0 divided by 0",
            _unseen_is_nan,
            "After a context that never occurred you divide 0 by 0. The formula is for contexts with c(u) > 0; otherwise P(w | u) is P(w | u′).",
            READ,
        ),
        Misconception(
            "zero after an unseen context",
            _unseen_is_zero,
            "After a context that never occurred all your probabilities are 0. A model must have a distribution after anything: if c(u) = 0, take that of the shorter context.",
            READ,
        ),
        Misconception(
            "uniform after an unseen context",
            _unseen_is_uniform,
            "After a context that never occurred you fall back to 1/V at once. Drop the oldest symbol and try the shorter context; the uniform distribution is the last resort, after the empty one.",
            READ,
        ),
        Misconception(
            "nothing discounted",
            _no_discount,
            "You give to the shorter context without having taken anything from the counts, so the sum is above 1. Subtract d from each count that is above 0.",
            READ,
        ),
        Misconception(
            "the rest for the unseen alone",
            _nothing_given_away,
            "You give what was collected to the unseen symbols alone, in the shares of the shorter context, in which the seen ones have a part too: it is lost, and the sum is below 1. In the interpolated form every symbol gets its share.",
            READ,
        ),
        Misconception(
            "counts below zero",
            _discounted_below_zero,
            "You subtract d from counts of 0 as well. What was never counted has nothing to give: max(c − d, 0).",
            READ,
        ),
        Misconception(
            "d for the weight of the shorter context",
            _plain_d,
            "Your weight of the shorter context is d. Collected was d from each of the N(u) different symbols, out of c(u): the weight is d·N(u)/c(u). Add up your probabilities: the sum is not 1.",
            READ,
        ),
        Misconception(
            "d collected once",
            _d_once,
            "You give d away once. It was taken from each of the N(u) different symbols, so d·N(u) was collected. Add up your probabilities: the sum is below 1.",
            READ,
        ),
        Misconception(
            "N(u) taken for V",
            _all_symbols_different,
            "You collect d from all V symbols. N(u) counts only those that came after u; the others had nothing to give. Add up your probabilities: the sum is above 1.",
            READ,
        ),
        Misconception(
            "each name once",
            _types,
            "You count every different name once. A name that stands twice in the training list was seen twice: c(uw) counts occurrences.",
            READ,
        ),
        Misconception(
            "each follower once",
            _each_follower_once,
            "Your c(uw) is 1 whenever w came after u, however often. That is what N(u) counts; c(uw) counts occurrences.",
            READ,
        ),
        Misconception(
            "Witten and Bell's weights",
            _witten_bell,
            "These are the weights of Witten and Bell, from the chapter. Here d is taken from each count and given to the shorter context.",
            "§5.3, def-witten-bell, and the formula of the task",
        ),
        Misconception(
            "n symbols before",
            _n_before,
            "You use contexts of n symbols. An n-gram is n symbols with the predicted one among them: n − 1 stand before it.",
            READ,
        ),
        Misconception(
            "one context alone",
            _longest_alone,
            "You interpolate the longest known context with the uniform distribution, and leave out those between. The formula refers to P(w | u′), which refers to the next shorter one, and so on.",
            READ,
        ),
        Misconception(
            "the longest context or nothing",
            _longest_or_uniform,
            "You use the longest context alone, with 1/V below it, and never a shorter one: not to share what was discounted, and not after a context that never occurred. P(w | u) refers to P(w | u′), and so on down to the empty context.",
            READ,
        ),
        Misconception(
            "1/(V − 1) as the last resort",
            _uniform_without_the_end,
            "Your last resort is 1/(V − 1). There are V symbols to predict, the end among them, so it is 1/V; as it is, your probabilities sum to more than 1.",
            READ,
        ),
        Misconception(
            "the newest symbol dropped",
            _newest_dropped,
            "You shorten a context at its end: u′ is u without its *oldest* symbol. The newest says most about what comes next.",
            READ,
        ),
        Misconception(
            "the first symbols for a context",
            _first_symbols,
            "Of a long beginning you keep the first n − 1 symbols. The context is what stands directly before: the last n − 1.",
            READ,
        ),
        Misconception(
            "no uniform share",
            _no_uniform,
            "Below the empty context there is one more step: its counts are discounted too, and what they give goes to 1/V. Without it a symbol that the training names lack has probability 0, and one of these in the test costs infinitely much.",
            READ,
        ),
        Misconception(
            "test names counted",
            {NATS: _counts_the_test_too},
            "You count the test names too. Then the model has seen the answers, and its loss says nothing about new names. Count on train, and on nothing else.",
            "§5.3 and §5.12",
        ),
        Misconception(
            "counted on the test names",
            {NATS: _counts_the_test_alone},
            "You count on the test names and judge on them. Counts come from train, the judgement from test.",
            "§5.3 and §5.12",
        ),
        Misconception(
            "judged on the training names",
            {NATS: _evaluates_on_train},
            "You judge on the training names, which is a loss that always flatters. The mean is over the symbols of test.",
            "§5.3 and §5.12",
        ),
        Misconception(
            "counts that grow during the test",
            {NATS: _learns_on_the_way},
            "You add each test name to the counts after judging it. That has a name (a cache), and it is no leak, but the numbers depend on the order of the test names and a network cannot be compared with it. Keep the counts of train.",
            "§5.3",
        ),
        Misconception(
            "mean of the names' means",
            {NATS: _mean_of_names},
            "You average within each name first, so that a symbol of a short name weighs more. Add up the nats of all names and divide by the number of all symbols.",
            "§5.1, eq-ppl",
        ),
        Misconception(
            "nats a name",
            {NATS: _sum_by_names},
            "You return the mean loss of a whole name. Divide by the number of symbols, ends included.",
            "§5.1, eq-ppl",
        ),
        Misconception(
            "ends not judged",
            {NATS: _ends_not_evaluated},
            "You do not judge the ends. To know when a name is over is part of the task, and its price belongs to the loss.",
            "§5.3 and §5.11",
        ),
        Misconception(
            "ends not in the divisor",
            {NATS: _ends_not_divided_by},
            "The nats of the ends are in your sum and the ends are not in the divisor. A name of k letters has k + 1 symbols to predict.",
            "§5.1, eq-ppl",
        ),
        Misconception(
            "bits",
            {NATS: _in_bits},
            "You return bits. A nat is about 1.44 bits; take the natural logarithm.",
            "§5.1, eq-bpc",
        ),
        Misconception(
            "perplexity",
            {NATS: _as_perplexity},
            "You return the perplexity. Asked for is the mean loss, of which it is the exponential.",
            "§5.1, eq-ppl",
        ),
        Misconception(
            "one long text",
            {NATS: _one_long_text},
            "You join the names to one text, for counting and for judging, so that a name is predicted from the one before it, which has nothing to do with it. At the start of a name the context is empty.",
            "§5.3",
        ),
    ),
    cases=_cases,
)
