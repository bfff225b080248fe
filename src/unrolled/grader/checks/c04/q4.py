"""Question 4.4: four snippets that no longer run."""

from __future__ import annotations

import copy
import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from unrolled.grader.checks.c04.common import unchanged
from unrolled.grader.checks.judging import (
    Array,
    as_array,
    expect_untouched,
    kind_of,
    near,
)
from unrolled.grader.question import (
    Ask,
    Call,
    Given,
    Misconception,
    Property,
    Question,
    Tensor,
    Wrong,
)


def one_hot(ids, V):
    count = np.prod(ids.shape)
    x = np.zeros((count, V), dtype=float)
    x[np.arange(count), ids.reshape(count)] = 1
    return x.reshape(ids.shape + (V,))


def clip_by_global_norm(grads, limit):
    norm = np.sqrt(sum(np.sum(g**2) for g in grads))
    factor = limit / max(norm, limit)
    return [g * factor for g in grads], norm


def evaluate(model, criterion, x, y):
    import torch

    with torch.no_grad():
        return criterion(model(x), y).item()


def predict_classes(logits):
    logits = np.asarray(logits)
    if logits.shape[-1] == 1:
        return (logits[..., 0] > 0).astype(int)
    return logits.argmax(axis=-1)


def _in_the_parent(function: Callable[..., Any]) -> Callable[..., Any]:
    """An `evaluate` as it may run here: it leaves no trace.

    The model is a copy, the switch for gradients is on and afterwards as it was, and a
    `Caller` of the given cell finds this function under the name that it calls.
    """

    @functools.wraps(function)
    def run(model: Any, criterion: Any, x: Any, y: Any) -> Any:
        import torch

        space: dict[str, Any] = {}
        if type(model).__name__ == "Caller":
            space = type(model).__call__.__globals__
        space["evaluate"] = function
        try:
            with torch.enable_grad():
                return function(copy.deepcopy(model), criterion, x, y)
        finally:
            del space["evaluate"]

    return run


# --- one_hot, as somebody with a misconception repairs it ----------------------------


def _sum_of_the_shape(ids, V):
    count = np.sum(ids.shape)
    x = np.zeros((count, V), dtype=float)
    x[np.arange(count), ids.reshape(count)] = 1
    return x.reshape(ids.shape + (V,))


def _first_axis_alone(ids, V):
    count = len(ids)
    x = np.zeros((count, V), dtype=float)
    x[np.arange(count), ids.reshape(count)] = 1
    return x.reshape(ids.shape + (V,))


def _columns_set(ids, V):
    count = np.prod(ids.shape)
    x = np.zeros((count, V), dtype=float)
    x[:, ids.reshape(count)] = 1
    return x.reshape(ids.shape + (V,))


# --- clipping -----------------------------------------------------------------------


def _each_by_itself(grads, limit):
    norm = np.sqrt(sum(np.sum(g**2) for g in grads))
    found = []
    for g in grads:
        own = np.sqrt(np.sum(g**2))
        found.append(g * limit / max(own, limit))
    return found, norm


def _each_by_itself_norm_of_the_last(grads, limit):
    found = []
    for g in grads:
        norm = np.sqrt(np.sum(g**2))
        found.append(g * limit / max(norm, limit))
    return found, norm


def _each_by_itself_norms_added(grads, limit):
    found, norm = [], 0.0
    for g in grads:
        own = np.sqrt(np.sum(g**2))
        norm = norm + own
        found.append(g * limit / max(own, limit))
    return found, norm


def _always_scaled(grads, limit):
    norm = np.sqrt(sum(np.sum(g**2) for g in grads))
    return [g * limit / norm for g in grads], norm


def _by_value(grads, limit):
    norm = np.sqrt(sum(np.sum(g**2) for g in grads))
    return [np.clip(g, -limit, limit) for g in grads], norm


def _norm_after(grads, limit):
    norm = np.sqrt(sum(np.sum(g**2) for g in grads))
    factor = limit / max(norm, limit)
    clipped = [g * factor for g in grads]
    return clipped, np.sqrt(sum(np.sum(g**2) for g in clipped))


def _no_root(grads, limit):
    norm = sum(np.sum(g**2) for g in grads)
    factor = limit / max(norm, limit)
    return [g * factor for g in grads], norm


def _sum_of_norms(grads, limit):
    norm = sum(np.sqrt(np.sum(g**2)) for g in grads)
    factor = limit / max(norm, limit)
    return [g * factor for g in grads], norm


def _clipped_in_place(grads, limit):
    norm = np.sqrt(sum(np.sum(g**2) for g in grads))
    for g in grads:
        g *= limit / max(norm, limit)
    return grads, norm


def _divided_by_the_norm(grads, limit):
    norm = np.sqrt(sum(np.sum(g**2) for g in grads))
    return [g / norm if norm > limit else g for g in grads], norm


# --- evaluate -----------------------------------------------------------------------


def _graph_recorded(model, criterion, x, y):
    return criterion(model(x), y).item()


def _eval_taken_for_no_grad(model, criterion, x, y):
    if hasattr(model, "eval"):
        model.eval()
    return criterion(model(x), y).item()


def _plain_eval_for_no_grad(model, criterion, x, y):
    model.eval()
    return criterion(model(x), y).item()


def _plain_eval(model, criterion, x, y):
    import torch

    model.eval()
    with torch.no_grad():
        return criterion(model(x), y).item()


def _eval_left_on(model, criterion, x, y):
    import torch

    if hasattr(model, "eval"):
        model.eval()
    with torch.no_grad():
        return criterion(model(x), y).item()


def _eval_then_train(model, criterion, x, y):
    import torch

    if hasattr(model, "eval"):
        model.eval()
    with torch.no_grad():
        loss = criterion(model(x), y).item()
    if hasattr(model, "train"):
        model.train()
    return loss


def _eval_put_back(model, criterion, x, y):
    import torch

    before = getattr(model, "training", False)
    if hasattr(model, "eval"):
        model.eval()
    with torch.no_grad():
        loss = criterion(model(x), y).item()
    if hasattr(model, "train"):
        model.train(before)
    return loss


def _train_left_on(model, criterion, x, y):
    import torch

    if hasattr(model, "train"):
        model.train()
    with torch.no_grad():
        return criterion(model(x), y).item()


def _gradients_left_off(model, criterion, x, y):
    import torch

    torch.set_grad_enabled(False)
    return criterion(model(x), y).item()


def _gradients_switched_on(model, criterion, x, y):
    import torch

    torch.set_grad_enabled(False)
    loss = criterion(model(x), y).item()
    torch.set_grad_enabled(True)
    return loss


# --- predict_classes ----------------------------------------------------------------


def _argmax_of_one_column(logits):
    return np.asarray(logits).argmax(axis=-1)


def _half_of_a_logit(logits):
    logits = np.asarray(logits)
    if logits.shape[-1] == 1:
        return (logits[..., 0] > 0.5).astype(int)
    return logits.argmax(axis=-1)


def _first_axis(logits):
    logits = np.asarray(logits)
    if logits.shape[-1] == 1:
        return (logits[..., 0] > 0).astype(int)
    return logits.argmax(axis=0)


def _second_axis(logits):
    logits = np.asarray(logits)
    if logits.shape[-1] == 1:
        return (logits[..., 0] > 0).astype(int)
    return logits.argmax(axis=1)


def _every_entry_compared(logits):
    return (np.asarray(logits)[..., 0] > 0).astype(int)


# --- tests --------------------------------------------------------------------------


def _test_one_hot(ask: Ask, rng: np.random.Generator) -> None:
    for shape, V in (((6,), 4), ((3, 2), 5), ((2, 3, 4), 3), ((1,), 1)):
        ids = rng.integers(V, size=shape)
        reply = ask("one_hot", ids, V)
        where = f"ids of shape {shape}, V = {V}: the result"
        got = np.asarray(reply.value)
        want = (ids[..., None] == np.arange(V)).astype(float)
        numbers = as_array(reply.value, want.shape, where)
        if not np.array_equal(numbers, want):
            raise Wrong(f"{where} is not 1 at each id and 0 elsewhere.")
        if got.dtype != np.float64:
            raise Wrong(
                f"{where} has the dtype {got.dtype}. `np.float` was another name for Python's "
                "own float, so the array was float64."
            )
        expect_untouched(reply, (ids, V), "ids V")


def _draw_grads(rng: np.random.Generator, size: float = 1.0) -> list[Array]:
    shapes = ((3, 4), (4, 4), (4,), (2, 3, 2))
    scales = (1.0, 3.0, 0.2, 0.7)
    return [
        size * s * rng.standard_normal(n) for s, n in zip(scales, shapes, strict=True)
    ]


def _global_norm(grads: list[Array]) -> float:
    return float(np.linalg.norm(np.concatenate([g.ravel() for g in grads])))


def _test_clip(ask: Ask, rng: np.random.Generator) -> None:
    for size, share in ((1.0, 0.3), (1.0, 4.0), (20.0, 0.01), (0.01, 2.0), (1.0, 0.9)):
        grads = _draw_grads(rng, size)
        norm = _global_norm(grads)
        limit = share * norm
        reply = ask("clip_by_global_norm", grads, limit)
        where = f"global norm {norm:.3g}, limit {limit:.3g}"
        value = reply.value
        if not isinstance(value, (list, tuple)) or len(value) != 2:
            raise Wrong("expected a pair: the list of arrays, and the norm before.")
        clipped, told = value
        if not isinstance(clipped, (list, tuple)) or len(clipped) != len(grads):
            raise Wrong(
                f"{where}: the first of the pair should be a list of {len(grads)} arrays."
            )
        got = [
            as_array(c, g.shape, f"{where}: array {i}")
            for i, (c, g) in enumerate(zip(clipped, grads, strict=True))
        ]
        factor = min(1.0, share)
        for i, (c, g) in enumerate(zip(got, grads, strict=True)):
            if not near(c, factor * g):
                raise Wrong(
                    f"{where}: array {i} should be {factor:.3g} times what it was, "
                    f"like all the others.{_norm_too(told, norm)}"
                )
        if not near(as_array(told, (), "the norm"), np.array(norm)):
            raise Wrong(
                f"{where}: the norm that you return is {float(told):.3g}; asked for is the "
                "one before clipping."
            )
        if not unchanged([grads, limit], reply.args_after):
            raise Wrong(
                "the call changed the caller's arrays; the function that you replace "
                "returned new ones."
            )


def _norm_too(told: Any, norm: float) -> str:
    """A second sentence where the norm is wrong as well."""
    try:
        found = as_array(told, (), "the norm")
    except Wrong:
        return " And the norm in the pair should be one number, that of all entries."
    if near(found, np.array(norm)):
        return ""
    return (
        f" And the norm that you return is {float(found):.3g}, not the global one "
        "before clipping."
    )


def _draw_points(rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    n = int(rng.integers(3, 7))
    return Tensor(rng.standard_normal(n)), Tensor(rng.standard_normal(n))


# What the given cell's models say when they find something; the sentence for it.
FOUND = {
    "asked to record a graph": (
        "while the model ran, a graph was being recorded (torch.is_grad_enabled() was "
        "True). `volatile` did that once; today it does nothing."
    ),
    "gradients were on before evaluate and are off": (
        "gradients were switched on before the call and are off after it: whatever is "
        "trained next records nothing. The old function left the switch alone."
    ),
    "gradients were off before evaluate and are on": (
        "gradients were switched off before the call and are on after it. The old "
        "function left the switch alone; a `with` block restores what it found."
    ),
    "in training mode before evaluate": (
        "a model that came in its training mode is in its evaluation mode afterwards. The "
        "old function did not touch the mode."
    ),
    "in evaluation mode before evaluate": (
        "a model that came in its evaluation mode is in its training mode afterwards. The "
        "old function did not touch the mode."
    ),
    "has no attribute 'eval'": (
        "the model of this call is a plain function and has no eval(). The old function "
        "did not touch the mode: all it did with a model was to call it."
    ),
    "has no attribute 'train'": (
        "the model of this call is a plain function and has no training mode. The old "
        "function did not touch the mode: all it did with a model was to call it."
    ),
}


def _loss(ask: Ask, model: str, x: Tensor, y: Tensor) -> Array:
    """The learner's loss; what a model of the given cell noticed, in our words."""
    try:
        value = ask("evaluate", Given(model), Given("gap"), x, y).value
    except Wrong as wrong:
        if wrong.kind == "exception":
            for found, told in FOUND.items():
                if found in wrong.message:
                    raise Wrong(told) from None
        raise
    if isinstance(value, np.ndarray):
        raise Wrong(
            f"expected a plain number, got a tensor or an array of shape {value.shape}: "
            "`.item()` makes a number of a tensor with one entry."
        )
    return as_array(value, (), "the loss")


def _test_evaluate(ask: Ask, rng: np.random.Generator) -> None:
    for model, right, other in (
        ("twice", 2.0, None),
        ("scaled", 3.0, 1.5),  # in training mode: 2 * 1.5
        ("settled", 1.5, 3.0),
        ("forgetful", 3.0, 1.5),
        ("caller", 2.0, None),
        ("quiet_caller", 2.0, None),
    ):
        for _ in range(2):
            x, y = _draw_points(rng)
            got = _loss(ask, model, x, y)
            want, swapped = (
                f and np.mean((f * x.array - y.array) ** 2) / 2 for f in (right, other)
            )
            if near(got, np.array(want)):
                continue
            if swapped is not None and near(got, np.array(swapped)):
                modes = ("evaluation", "training")
                came, ran = modes if model == "settled" else modes[::-1]
                raise Wrong(
                    f"`{model}` is in its {came} mode, and the loss is that of its {ran} "
                    "mode. The old function did not touch the mode, neither during the "
                    "call nor after it."
                )
            raise Wrong("the loss is not criterion(model(x), y).")


def _as_labels(value: Any, shape: tuple[int, ...], where: str) -> Array:
    got = as_array(value, shape, where)
    if np.asarray(value).dtype.kind not in "iu":
        raise Wrong(f"{where}: expected integers, got {kind_of(np.asarray(value))}.")
    return got


def _test_classes(ask: Ask, rng: np.random.Generator) -> None:
    for shape in ((6, 4), (3, 4, 5), (2, 3), (4, 3, 2)):
        logits = 2 * rng.standard_normal(shape)
        where = f"logits of shape {shape}: the result"
        got = _as_labels(ask("predict_classes", logits).value, shape[:-1], where)
        rows = logits.reshape(-1, shape[-1]).tolist()
        want = np.array([row.index(max(row)) for row in rows]).reshape(shape[:-1])
        if not np.array_equal(got, want):
            raise Wrong(f"{where} is not the most probable class of each row.")
    for shape in ((9, 1), (5, 3, 1)):
        logits = rng.permutation(np.linspace(-1, 1, np.prod(shape))).reshape(shape)
        where = f"one output, logits of shape {shape}: the result"
        got = _as_labels(ask("predict_classes", logits).value, shape[:-1], where)
        p = 1 / (1 + np.exp(-logits[..., 0]))
        wrong = np.argwhere(got != (p > 0.5))
        if len(wrong):
            at = tuple(wrong[0])
            raise Wrong(
                f"{where} has {int(got[at])} for the logit {logits[at][0]:.2f}, whose "
                f"probability is {p[at]:.2f}."
            )


def _cases(rng: np.random.Generator) -> list[Call]:
    calls = [
        Call("one_hot", rng.integers(V, size=shape), V)
        for shape, V in (((5,), 3), ((2, 2), 3), ((3, 4), 2))
    ]
    for size, share in ((1.0, 0.3), (1.0, 3.0), (10.0, 0.1), (0.1, 0.8)):
        grads = _draw_grads(rng, size)
        limit = share * _global_norm(grads)
        calls.append(Call("clip_by_global_norm", grads, limit))
    for name in ("twice", "scaled", "settled", "forgetful", "caller", "quiet_caller"):
        calls.append(Call("evaluate", Given(name), Given("gap"), *_draw_points(rng)))
    for shape in ((5, 3), (3, 3, 3), (4, 2)):
        calls.append(Call("predict_classes", rng.standard_normal(shape)))
    for shape in ((8, 1), (3, 4, 1)):
        logits = rng.permutation(np.linspace(-1, 1, np.prod(shape))).reshape(shape)
        calls.append(Call("predict_classes", logits))
    return calls


QUESTION = Question(
    id="04.4",
    title="four dead snippets",
    answers=("one_hot", "clip_by_global_norm", "evaluate", "predict_classes"),
    reference={
        "one_hot": one_hot,
        "clip_by_global_norm": clip_by_global_norm,
        "evaluate": _in_the_parent(evaluate),
        "predict_classes": predict_classes,
    },
    properties=(
        Property(
            "one_hot: 1 at each id, 0 elsewhere, in float64, for ids with any axes",
            1,
            _test_one_hot,
            "§4.11",
        ),
        Property(
            "clip_by_global_norm: one factor for all arrays, above the limit alone; new arrays and the norm before",
            1,
            _test_clip,
            "§4.11",
        ),
        Property(
            "evaluate: the loss as a plain number, no graph while the model runs, and the model's mode and the switch for gradients as they were",
            1,
            _test_evaluate,
            "§4.11",
        ),
        Property(
            "predict_classes: the most probable class, with several outputs and with one",
            1,
            _test_classes,
            "§4.11",
        ),
    ),
    misconceptions=(
        Misconception(
            "product replaced by a sum",
            {"one_hot": _sum_of_the_shape},
            "You replaced np.product by a sum. The number of entries of an array is the *product* of its shape; with one axis the two agree. np.product lives on as np.prod.",
            "§4.11",
        ),
        Misconception(
            "length taken for the number of entries",
            {"one_hot": _first_axis_alone},
            "You count the first axis alone. ids may have more axes: the number of entries is the product of the shape (np.prod, or ids.size).",
            "§4.11",
        ),
        Misconception(
            "a whole column set",
            {"one_hot": _columns_set},
            "Without the row numbers your assignment sets the columns of all ids in *every* row. x[rows, ids] picks one entry a row; np.arange(count) is an integer array without any dtype.",
            "§4.11",
        ),
        Misconception(
            "each array clipped by itself",
            {"clip_by_global_norm": _each_by_itself},
            "You clip each array by its own norm. Then small ones stay, large ones shrink, and the gradient as a whole points elsewhere. *Global* means one norm of all entries and one factor.",
            "§4.11",
        ),
        Misconception(
            "each array clipped by itself, norm of the last",
            {"clip_by_global_norm": _each_by_itself_norm_of_the_last},
            "Two things: the norm that you return is that of the last array alone, and each array is clipped by its own. First compute *one* norm, of all entries together; then one factor for all arrays, and return that norm.",
            "§4.11",
        ),
        Misconception(
            "each array clipped by itself, norms added",
            {"clip_by_global_norm": _each_by_itself_norms_added},
            "Two things: the norm that you return is the sum of the arrays' norms, where their *squares* should be added, and each array is clipped by its own. First the norm of all entries together; then one factor for all arrays.",
            "§4.11",
        ),
        Misconception(
            "small gradients enlarged",
            {"clip_by_global_norm": _always_scaled},
            "You scale always, so that a gradient below the limit is blown up to it. Near a minimum gradients should be small. Clip above the limit and leave everything else.",
            "§4.11",
        ),
        Misconception(
            "clipped by value",
            {"clip_by_global_norm": _by_value},
            "You clip each entry to ±limit. That is another function (clip by value), which bends the gradient's direction; by norm all entries keep their proportions.",
            "§4.11",
        ),
        Misconception(
            "norm after clipping",
            {"clip_by_global_norm": _norm_after},
            "The arrays are right; the norm that you return is the one after clipping, which never is above the limit. The one before is what people plot to see an explosion coming.",
            "§4.11",
        ),
        Misconception(
            "no square root",
            {"clip_by_global_norm": _no_root},
            "Your norm is a sum of squares: the root is missing.",
            "§4.11",
        ),
        Misconception(
            "norms added",
            {"clip_by_global_norm": _sum_of_norms},
            "You add the norms of the arrays. Lengths of perpendicular pieces add by their squares: 3 and 4 make 5, not 7.",
            "§4.11",
        ),
        Misconception(
            "clipped in place",
            {"clip_by_global_norm": _clipped_in_place},
            "The numbers are right, and `*=` changed the caller's arrays. What you replace returned new ones: g * factor.",
            "§4.11, and §3.2 for the same trap",
        ),
        Misconception(
            "clipped to a norm of one",
            {"clip_by_global_norm": _divided_by_the_norm},
            "Above the limit you divide by the norm, which leaves a norm of 1 whatever the limit is. The factor is limit / norm.",
            "§4.11",
        ),
        Misconception(
            "graph recorded",
            {"evaluate": _in_the_parent(_graph_recorded)},
            "The number is right, and the model recorded a graph on the way: all its activations were kept for a backward pass that never comes. `volatile` has had no effect since PyTorch 0.4; put the call under `with torch.no_grad():`.",
            "§4.11",
        ),
        Misconception(
            "eval() taken for no_grad",
            {"evaluate": _in_the_parent(_eval_taken_for_no_grad)},
            "model.eval() changes what some layers *do* (dropout, batch norm); it does not stop PyTorch from recording. For that there is `with torch.no_grad():`. One often wants both, but the snippet asked for the second.",
            "§4.11",
        ),
        Misconception(
            "plain eval() for no_grad",
            {"evaluate": _in_the_parent(_plain_eval_for_no_grad)},
            "You call model.eval(), and a graph is recorded all the same: eval() is about dropout and batch norm. The old function did not touch the mode, and a model may be a plain function, which has none. `with torch.no_grad():` is what keeps the first promise.",
            "§4.11",
        ),
        Misconception(
            "plain eval() beside no_grad",
            {"evaluate": _in_the_parent(_plain_eval)},
            "no_grad is right; model.eval() is one line too many (and so is a model.train() at the end). The old function did not touch the mode: it took a plain function for a model as well, and it gave the loss of the mode that it found.",
            "§4.11",
        ),
        Misconception(
            "model left in evaluation mode",
            {"evaluate": _in_the_parent(_eval_left_on)},
            "model.eval() changes the number, since some layers then compute something else, and the caller's model stays in that mode: the training that follows runs without its dropout. The old function did not touch the mode. Whoever wants the loss in evaluation mode calls eval() before, and train() after.",
            "§4.11",
        ),
        Misconception(
            "eval(), then train()",
            {"evaluate": _in_the_parent(_eval_then_train)},
            "You switch to evaluation mode, which changes the number, and to training mode at the end, whatever the mode was before. The old function did not touch the mode: a model that came in evaluation mode leaves yours in the other.",
            "§4.11",
        ),
        Misconception(
            "eval(), and the mode put back",
            {"evaluate": _in_the_parent(_eval_put_back)},
            "You put the mode back, carefully, but the number is that of evaluation mode. The old function did not touch the mode, not even for the call: it gave the loss of the model as it came.",
            "§4.11",
        ),
        Misconception(
            "model set to training mode",
            {"evaluate": _in_the_parent(_train_left_on)},
            "model.train() switches dropout on, for this number and for all that follow, in a model that may have come without it. The old function did not touch the mode.",
            "§4.11",
        ),
        Misconception(
            "gradients left switched off",
            {"evaluate": _in_the_parent(_gradients_left_off)},
            "torch.set_grad_enabled(False) is not undone when your function returns. The number is right, and the next training step has no graph: its backward() fails. Use it in a `with`, or `with torch.no_grad():`, which restores what it found.",
            "§4.11",
        ),
        Misconception(
            "gradients switched on at the end",
            {"evaluate": _in_the_parent(_gradients_switched_on)},
            "You end with torch.set_grad_enabled(True), also where the caller had switched gradients off. `with torch.no_grad():` restores what it found, even when the model stops with an error.",
            "§4.11",
        ),
        Misconception(
            "argmax of a single column",
            {"predict_classes": _argmax_of_one_column},
            "With one output the argmax is always 0: the largest of one number is the first. There the class is 1 where the probability of yes is above one half.",
            "§4.11",
        ),
        Misconception(
            "one half of a logit",
            {"predict_classes": _half_of_a_logit},
            "You compare the *logit* with one half. The old method compared a probability; the sigmoid is above one half where the logit is above 0.",
            "§4.11",
        ),
        Misconception(
            "classes along the first axis",
            {"predict_classes": _first_axis},
            "Your argmax runs along axis 0, over the examples: it says which example is the most typical of each class. The classes are in the last axis.",
            "§4.11",
        ),
        Misconception(
            "classes along the second axis",
            {"predict_classes": _second_axis},
            "You take axis 1, which is the last one only when there are two. With an answer at every step the logits are (T, B, V): count from the end, axis=-1.",
            "§4.11",
        ),
        Misconception(
            "first logit against zero",
            {"predict_classes": _every_entry_compared},
            "You look at the first logit alone, whatever V is. That is right for one output; with several the class is the place of the largest.",
            "§4.11",
        ),
    ),
    cases=_cases,
    imports=frozenset({"torch"}),
)
