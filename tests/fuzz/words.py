"""What random graphs are made of: calls of the vocabulary, and formulas of textbooks, as lines of Python.

`{0}`, `{1}` are operands. What else stands in braces is drawn: `{axis}` of operand 0 (`{axis1}` another one of it),
`{c}` a number, `{p}` a positive one, `{k}` a small int. A kind says which operands fit: `f` float, `i` integer, `b`
bool, `n` float or integer, `a` any; then how many axes (`2`; `2+` at least so many); then how it meets operand 0: `~`
broadcasts with it, `=` has its shape, `@` may be multiplied by it. With `new`, a last operand is made for the
call, a leaf whose shape is that expression of `s`, the shape of operand 0.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Word:
    """A line, the kinds of its operands, and the shape of a leaf made for it."""

    text: str
    kinds: tuple[str, ...]
    new: str | None = None


def _words(kinds: str, *texts: str, new: str | None = None) -> tuple[Word, ...]:
    return tuple(Word(text, tuple(kinds.split()), new) for text in texts)


def _calls(kinds: str, names: str) -> tuple[Word, ...]:
    operands = ", ".join(f"{{{k}}}" for k in range(len(kinds.split())))
    return _words(kinds, *(f"sn.{name}({operands})" for name in names.split()))


ELEMENTWISE = (
    *_calls("f", "tanh sigmoid relu softplus exp sin cos square sqrt log log1p expm1 erf gelu elu selu celu silu mish "
                 "softsign log_sigmoid tanh_shrink hard_sigmoid hard_swish relu6 hard_tanh soft_shrink hard_shrink"),
    *_calls("n", "abs sign negative square stop_gradient"),
    *_words("n", "{0} * {c}", "{c} * {0}", "{0} + {c}", "{c} - {0}", "{0} - {c}", "{0} / {c}", "{c} / {0}",
            "{0} ** 2", "-{0}", "sn.clip({0}, -1, 1)", "{0} // {p}", "{0} % {p}", "sn.maximum({0}, {c})",
            "sn.minimum({c}, {0})", "{0}.astype('floatX')"),
    *_words("f", "sn.abs({0}) ** {c}", "{0} ** 3", "{0} ** -1", "{0} ** 0.5", "{p} ** {0}",
            "sn.leaky_relu({0}, 0.1)", "sn.log(sn.abs({0}) + {p})", "sn.sqrt(sn.abs({0}))",
            "sn.threshold({0}, 0.5, 0.0)", "sn.grad_reverse({0})", "sn.zero_grad({0})",
            "sn.piecewise({0}, [{0} < 0, {0} >= 1], [lambda t: -t, lambda t: t * t, 0.5])",
            "sn.grad_clip({0}, -0.5, 0.5)", "sn.grad_scale({0}, 0.5)", "sn.cast({0}, 'int64')",
            "sn.cast({0}, 'float32')", "sn.cast({0}, 'float64')"),
    *_words("a a~", "{0} + {1}", "{0} * {1}", "sn.maximum({0}, {1})", "sn.minimum({0}, {1})"),
    *_words("n n~", "{0} - {1}", "{0} / {1}", "{1} - {0}", "{0} * {1}", "{0} + {1}"),
    *_words("f f~", "{0} / (sn.abs({1}) + {p})", "sn.abs({0}) ** {1}", "{0} - {1}", "{0} * {1}", "{0} / {1}",
            "{0} % (sn.abs({1}) + {p})"),
)  # fmt: skip
COMPARISONS = (
    *_words("n n~", "{0} < {1}", "{0} <= {1}", "{0} > {1}", "{0} >= {1}", "sn.equal({0}, {1})",
            "sn.not_equal({0}, {1})"),
    *_words("n", "{0} > {c}", "{0} <= {c}", "sn.equal({0}, {c})"),
    *_words("f", "sn.isnan({0})", "sn.isinf({0})"),
    *_words("f f=", "sn.isclose({0}, {1})"),
    *_words("b b~", "{0} & {1}", "{0} | {1}", "{0} ^ {1}", "sn.logical_and({0}, {1})"),
    *_words("b", "~{0}", "sn.logical_not({0})", "{0}.astype('floatX')", "{0}.astype('int64')", "{0} * {c}"),
    *_words("b a~ a~", "sn.where({0}, {1}, {2})"),
    *_words("b f~", "sn.where({0}, {1}, {c})", "sn.where({0}, {c}, {1})", "{0} * {1}", "sn.switch({0}, {1}, -{1})"),
    *_words("i i~", "{0} // (sn.abs({1}) + 1)", "{0} % (sn.abs({1}) + 1)", "{0} & {1}", "{0} ^ {1}"),
    *_words("b a~ a~", "sn.select([{0}], [{1}], {2})", "sn.choose({0}.astype('int64'), [{1}, {2}])"),
    *_words("b b~", "sn.logical_or({0}, {1})", "sn.logical_xor({0}, {1})"),
    *_words("i", "{0} + {k}", "{0} * {k}", "{0} % 3", "sn.one_hot({0} % 3, 3)"),
)  # fmt: skip
REDUCTIONS = (
    *(Word(f"sn.{name}({{0}}{rest})", (f"{kind}1+",))
      for kind, names in (("f", "sum mean max min prod logsumexp var std median ptp nansum nanmean nanmax"),
                          ("i", "sum max min mean"), ("b", "any all sum count_nonzero"))
      for name in names.split()
      for rest in ("", ", axis={axis}", ", axis={axis}, keepdims=True")
      if not (rest and name in ("ptp", "count_nonzero") and "keep" in rest)),
    *_words("n2+", "{0}.sum(axis=({axis}, {axis1}))", "{0}.max(axis=({axis}, {axis1}), keepdims=True)"),
    *_words("n1+", "sn.argmax({0}, axis={axis})", "sn.argmin({0})", "sn.argmin({0}, axis={axis})"),
    *_words("f", "sn.allclose({0}, {0})", "sn.sum({0}) * {0}.size"),
    *_words("f1+", "sn.linalg.vector_norm({0}, axis={axis}, ord=3)", "sn.nanmin({0}, axis={axis})",
            "sn.percentile({0}, 40)", "sn.histogram({0}, 4, range=(-2, 2))[0]"),
    *_words("i", "sn.bincount(sn.ravel({0} % 4), minlength=4)"),
    *_words("f1+", "sn.linalg.norm({0}, axis={axis})", "sn.quantile({0}, 0.3, axis={axis})"),
    *_words("f1+ f=", "sn.average({0}, axis={axis}, weights=sn.abs({1}) + 0.5)"),
)  # fmt: skip
SHAPES = (
    *_words("a1+", "sn.expand_dims({0}, {axis})", "sn.flatten({0})", "sn.reshape({0}, (-1,))", "sn.flip({0}, {axis})",
            "sn.roll({0}, {k}, axis={axis})", "sn.reshape({0}, ({0}.shape[0], -1))", "{0}[None]", "{0}[..., None]",
            "sn.zeros_like({0})", "sn.ones_like({0})", "sn.concatenate([{0}, {0}], axis={axis})",
            "sn.stack([{0}, {0}], axis={axis})", "sn.repeat({0}, 2, axis={axis})", "sn.atleast_2d({0})",
            "sn.full_like({0}, 2)", "sn.ravel({0})", "sn.flip({0})", "sn.transpose({0})",
            "sn.reshape({0}, {0}.shape)", "sn.reshape({0}, (1, *{0}.shape))"),
    *_words("a2", "{0}.T", "sn.transpose({0}, (1, 0))", "sn.tile({0}, (2, 1))", "sn.tril({0})", "sn.triu({0}, 1)",
            "sn.diagonal({0})", "sn.rot90({0})", "{0}.dimshuffle(1, 'x', 0)",
            "sn.reshape({0}, ({0}.shape[1], {0}.shape[0]))", "sn.broadcast_to({0}, (2, *{0}.shape))"),
    *_words("a1+", "sn.split({0}, 1, axis={axis})[0]", "sn.array_split({0}, 2, axis={axis})[1]",
            "sn.squeeze({0}[None], 0)",
            "sn.broadcast_arrays({0}, {0}[:1])[1]", "sn.atleast_3d({0})", "sn.dstack([{0}, {0}])",
            "sn.zeros({0}.shape) + {0}", "sn.meshgrid(sn.ravel({0}), sn.arange(2))[0]",
            "sn.linspace(0, 1, 4)[:, None] * sn.ravel({0})"),
    *_words("a1", "sn.diagflat({0})", "sn.column_stack([{0}, {0}])"),
    *_words("a2+", "sn.fliplr({0})", "sn.flipud({0})"),
    *_words("f1", "sn.diag({0})", "sn.vander({0}, 3)", "sn.outer({0}, {0})"),
    *_words("a3", "sn.transpose({0}, (2, 0, 1))", "sn.moveaxis({0}, 0, -1)", "sn.swapaxes({0}, 0, 2)",
            "sn.reshape({0}, ({0}.shape[0], -1))"),
    *_words("a4", "sn.transpose({0}, (0, 2, 3, 1))", "sn.flatten({0}, 2)"),
    *_words("a1+ a=", "sn.concatenate([{0}, {1}], axis={axis})", "sn.stack([{0}, {1}], axis={axis})",
            "sn.hstack([{0}, {1}])", "sn.vstack([{0}, {1}])"),
    *_words("f1+ f", "sn.sum({1}) * {0}", "{0}.shape[0] * {1}", "{1} / {0}.size"),
)  # fmt: skip
INDEXING = (
    *_words("a1+", "{0}[0]", "{0}[-1]", "{0}[1:]", "{0}[:-1]", "{0}[::2]", "{0}[::-1]", "{0}[..., 0]", "{0}[..., 1:]",
            "{0}[..., ::-1]", "{0}[sn.constant([0, 0, -1])]", "{0}[..., [0, 0, -1, 0]]",
            "sn.take({0}, sn.constant([0, -1, 0]), axis={axis})", "{0}[:{k}]", "{0}[{0}.shape[0] // 2:]"),
    *_words("a2+", "{0}[:, 0]", "{0}[:, None]", "{0}[1:, :-1]", "{0}[0, 1:]", "{0}[[0, 0, -1], [0, 0, -1]]",
            "{0}[:, [0, 0]]"),
    *_words("a1+ i", "{0}[{1} % {0}.shape[0]]", "sn.take({0}, {1} % {0}.shape[0], axis=0)"),
    *_words("f2 i", "sn.embedding({1} % {0}.shape[0], {0})"),
    *_words("f2 i1", "{0}[sn.arange({1}.shape[0]) % {0}.shape[0], {1} % {0}.shape[1]]"),
    *_words("f1+ i1", "sn.inc_subtensor({0}[{1} % {0}.shape[0]], 1.5)",
            "sn.set_subtensor({0}[{1} % {0}.shape[0]], 0.5)"),
    *_words("f1+", "sn.set_subtensor({0}[0], {c})", "sn.inc_subtensor({0}[1:], {0}[:-1])",
            "sn.set_subtensor({0}[..., 0], 0)", "sn.inc_subtensor({0}[[0, 0]], {0}[[0, -1]])",
            "sn.take_along_axis({0}, sn.argsort({0}, axis={axis}), axis={axis})"),
    *_words("f1+ f1", "sn.interp({0}, sn.sort(sn.cumsum(sn.abs({1}) + 0.1)), {1})"),
    *_words("f f1", "sn.searchsorted(sn.sort({1}), {0})"),
)  # fmt: skip
PRODUCTS = (
    *_words("f1+ f1+@", "{0} @ {1}", "sn.matmul({0}, {1})"),
    *_words("f1+", "{0} @ {1}", "sn.tanh({0} @ {1})", new="(s[-1], 3)"),
    *_words("f1+", "{0} @ {1}", new="(s[-1],)"),
    *_words("f2+", "{1} @ {0}", new="(2, s[-2])"),
    *_words("f2 f2", "sn.tensordot({0}, {1}, axes=0)", "sn.kron({0}, {1})"),
    *_words("f2 f2=", "{0} @ {1}.T", "{0}.T @ {1}", "sn.einsum('ij,ij->i', {0}, {1})",
            "sn.einsum('ij,kj->ik', {0}, {1})", "sn.einsum('ij,ij->', {0}, {1})", "sn.vecdot({0}, {1})"),
    *_words("f3 f3=", "sn.einsum('bij,bkj->bik', {0}, {1})", "sn.einsum('bij,bij->jb', {0}, {1})",
            "sn.scaled_dot_product_attention({0}, {1}, {1})", "{0} @ sn.matrix_transpose({1})"),
    *_words("f2", "sn.linalg.det({0} @ {0}.T)", "sn.linalg.expm(0.1 * {0} @ {0}.T)",
            "sn.linalg.matrix_power({0} @ {0}.T, 3)",
            "sn.linalg.svdvals({0})", "sn.linalg.pinv({0} @ {0}.T + sn.eye({0}.shape[0]))",
            "sn.linalg.eigvalsh({0} @ {0}.T)", "sn.linalg.multi_dot([{0}, {0}.T, {0}])",
            "sn.linalg.solve_triangular(sn.tril({0} @ {0}.T) + sn.eye({0}.shape[0]), {0}, lower=True)"),
    *_words("f1 f1=", "sn.vdot({0}, {1})"),
    *_words("f2", "sn.einsum('ij->j', {0})", "{0} @ {0}.T", "sn.trace({0})", "sn.einsum('ij->ji', {0})",
            "sn.linalg.inv({0} @ {0}.T + 2 * sn.eye({0}.shape[0]))",
            "sn.linalg.cholesky({0} @ {0}.T + sn.eye({0}.shape[0]))",
            "sn.linalg.solve({0} @ {0}.T + sn.eye({0}.shape[0]), {0})",
            "sn.linalg.slogdet({0} @ {0}.T + sn.eye({0}.shape[0]))[1]"),
    *_words("f1 f1", "sn.outer({0}, {1})", "sn.convolve({0}, {1})", "sn.correlate({0}, {1}, 'same')",
            "sn.polyval({0}, {1})"),
    *_words("f2+", "sn.matvec({0}, {1})", new="(s[-1],)"),
    *_words("f1 f1=", "sn.dot({0}, {1})", "{0} @ {1}", "sn.inner({0}, {1})"),
    *_words("f2", "sn.relu({0} @ {1} + 0.5)", "sn.softmax({0} @ {1})", new="(s[1], 4)"),
)  # fmt: skip
PICTURES = (
    *_words("f4", "sn.conv2d({0}, {1})", "sn.conv2d({0}, {1}, padding=1)",
            "sn.conv2d({0}, {1}, stride=2, padding='same')", new="(2, s[1], 3, 3)"),
    *_words("f4", "sn.conv2d({0}, {1})", "sn.relu(sn.conv2d({0}, {1}))", new="(3, s[1], 1, 1)"),
    *_words("f4", "sn.conv2d({0}, {1}, padding='same')", new="(2, s[1], 2, 2)"),
    *_words("f4", "sn.pool2d({0}, (2, 2))", "sn.pool2d({0}, (2, 2), mode='average')",
            "sn.pool2d({0}, (3, 3), stride=(1, 1))", "sn.pool2d({0}, (2, 2), stride=(1, 2), mode='sum')",
            "sn.global_average_pool({0})", "sn.global_max_pool({0})", "sn.upsample({0}, 2)", "sn.instance_norm({0})",
            "sn.batch_norm({0})", "sn.local_response_norm({0}, 3)", "sn.unfold({0}, (2, 2))"),
    *_words("f3", "sn.conv1d({0}, {1})", "sn.conv1d({0}, {1}, padding=1)", new="(2, s[1], 2)"),
    *_words("f3", "sn.pool1d({0}, 2)", "sn.pool1d({0}, 2, mode='average')"),
    *_words("f4", "sn.resize({0}, (3, 5))", "sn.adaptive_average_pool({0}, (2, 2))", "sn.group_norm({0}, 1)",
            "sn.fold(sn.unfold({0}, (2, 2)), (5, 4), (2, 2))", "sn.pool2d({0}, (2, 2), padding=1)",
            "sn.pool2d({0}, (2, 2), ceil=True)", "sn.adaptive_max_pool({0}, (2, 2))", "sn.lp_pool2d({0}, 2, (2, 2))",
            "sn.expand_dims({0}, 2) * sn.pool3d(sn.expand_dims({0}, 2), (1, 1, 1))"),
    *_words("f4", "sn.conv3d(sn.expand_dims({0}, 2), {1})", new="(2, s[1], 1, 2, 2)"),
    *_words("f4", "sn.depthwise_conv2d({0}, {1})", new="(s[1], 1, 2, 2)"),
    *_words("f4", "sn.conv_transpose2d({0}, {1})", new="(s[1], 2, 2, 2)"),
)  # fmt: skip
ALONG = (
    *_words("f1+", "sn.softmax({0}, axis={axis})", "sn.log_softmax({0}, axis={axis})", "sn.softmin({0}, axis={axis})",
            "sn.layer_norm({0})", "sn.rms_norm({0})", "sn.glu(sn.concatenate([{0}, {0}], -1))",
            "sn.cumprod({0}, axis={axis})", "sn.logcumsumexp({0}, axis={axis})", "sn.nanstd({0}, axis={axis})",
            "sn.nanmedian({0}, axis={axis})", "sn.nancumsum({0}, axis={axis})"),
    *_words("n1+", "sn.cumsum({0}, axis={axis})", "sn.sort({0}, axis={axis})", "sn.argsort({0}, axis={axis})",
            "sn.cummax({0}, axis={axis})", "sn.cummin({0}, axis={axis})", "sn.isin({0}, [0, 1])",
            "sn.diff({0}, axis={axis})", "sn.cumsum({0})", "sn.topk({0}, 1)[0]", "sn.topk({0}, 1)[1]"),
    *_words("f1+", "sn.trapezoid({0}, axis={axis})", "sn.sparsemax({0}, axis={axis})",
            "sn.quantile({0}, 0.6, axis={axis}, method='hazen')",
            "sn.max_and_argmax({0}, {axis})[0]", "sn.max_and_argmax({0}, {axis})[1]"),
    *_words("f2", "sn.cov({0})", "sn.lexsort({0})", "{0}.at[0].set({c})", "{0}.at[:, 0].multiply({c})"),
    *_words("a1", "sn.pad({0}, 1)", "sn.pad({0}, (1, 2), mode='edge')", "sn.pad({0}, (1, 1), mode='reflect')"),
    *_words("a2", "sn.pad({0}, 1)", "sn.pad({0}, ((0, 1), (2, 0)))", "sn.pad({0}, 1, mode='wrap')",
            "sn.pad({0}, ((1, 0), (0, 0)), mode='symmetric')"),
)  # fmt: skip
FORMULAS = (
    *_words("f1+", "sn.log(sn.softmax({0}, axis={axis}))", "sn.log(sn.exp({0}).sum(axis={axis}))",
            "sn.exp({0}) / sn.exp({0}).sum(axis={axis}, keepdims=True)",
            "{0} / sn.sqrt(({0} ** 2).mean(axis={axis}, keepdims=True) + 1e-5)",
            "({0} - {0}.mean(axis={axis}, keepdims=True)) / ({0}.std(axis={axis}, keepdims=True) + 1e-3)",
            "sn.sqrt(sn.sum({0} * {0}, axis={axis}))", "-(sn.softmax({0}) * sn.log_softmax({0})).sum(-1)",
            "({0} ** 2).mean()", "{0} / {0}.sum(axis={axis}, keepdims=True)",
            "{0} - {0}.max(axis={axis}, keepdims=True)", "sn.exp({0} - sn.logsumexp({0}, axis={axis}, keepdims=True))",
            "sn.where({0} > 0, {0}, 0.1 * {0}).sum(axis={axis})"),
    *_words("f", "1 / (1 + sn.exp(-{0}))", "sn.exp({0}) / (1 + sn.exp({0}))", "sn.log(1 + sn.exp({0}))",
            "sn.log(sn.sigmoid({0}))", "sn.log(1 - sn.sigmoid({0}))", "sn.exp({0}) - 1", "sn.log(1 + {0})",
            "{0} * sn.sigmoid({0})", "sn.exp(sn.log(sn.abs({0})))", "sn.log(sn.exp({0}))", "({0} + 1) * ({0} - 1)",
            "(sn.exp({0}) - sn.exp(-{0})) / (sn.exp({0}) + sn.exp(-{0}))", "sn.sqrt({0} ** 2)", "sn.sqrt({0}) ** 2",
            "{0} * {0} * {0}", "{0} - {0}", "{0} / {0}", "{0} * 0", "{0} ** 1", "{0} ** 0", "--{0}", "1 / (1 / {0})",
            "0.5 * {0} * (1 + sn.erf({0} / 2 ** 0.5))", "3.0 * (2.0 + 0.5 * {0} ** 2)", "sn.exp(-({0} ** 2) / 2)",
            "0.5 * (1 + sn.tanh(0.5 * {0}))", "1 - sn.tanh({0}) ** 2", "sn.sin({0}) ** 2 + sn.cos({0}) ** 2"),
    *_words("f f~", "{0} * {1} + {0} * {0}", "({0} + {1}) * ({0} - {1})", "(sn.sigmoid({0}) - {1}) ** 2",
            "-({1} * sn.log(sn.sigmoid({0})) + (1 - {1}) * sn.log(1 - sn.sigmoid({0})))", "sn.exp({0}) * sn.exp({1})",
            "sn.log(sn.abs({0}) * sn.abs({1}))", "sn.log(sn.exp({0}) + sn.exp({1}))", "{0} * {1} / {1}"),
    *_words("f2",
            "-sn.mean(sn.log(sn.softmax({0}))[sn.arange({0}.shape[0]), 7 * sn.arange({0}.shape[0]) % {0}.shape[1]])",
            "sn.cross_entropy({0}, 5 * sn.arange({0}.shape[0]) % {0}.shape[1])",
            "-sn.sum(sn.one_hot(sn.arange({0}.shape[0]) % {0}.shape[1], {0}.shape[1]) * sn.log(sn.softmax({0})))",
            "sn.nll_loss(sn.log_softmax({0}), sn.arange({0}.shape[0]) % {0}.shape[1])"),
    *_words("f f=", "sn.smooth_l1_loss({0}, {1})", "sn.log_cosh_loss({0}, {1})",
            "sn.poisson_nll_loss({0}, sn.abs({1}))",
            "sn.gaussian_nll_loss({0}, {1}, sn.exp({0}))", "sn.binary_cross_entropy(sn.sigmoid({0}), sn.sigmoid({1}))",
            "sn.squared_hinge_loss({0}, sn.sign({1}))"),
    *_words("f f=", "sn.mse_loss({0}, {1})", "sn.huber_loss({0}, {1})", "sn.l1_loss({0}, {1})",
            "sn.binary_cross_entropy_with_logits({0}, sn.sigmoid({1}))", "sn.hinge_loss({0}, sn.sign({1}))"),
    *_words("f1+ f=", "sn.cosine_similarity({0}, {1}, axis=-1)", "sn.kl_div(sn.log_softmax({0}), sn.softmax({1}))"),
    *_words("f2", "({0} - {0}.mean(0)) / sn.sqrt({0}.var(0) + 1e-3)", "sn.softmax({0} @ {0}.T) @ {0}"),
)  # fmt: skip
FAMILIES = (
    ELEMENTWISE, ELEMENTWISE, COMPARISONS, REDUCTIONS, SHAPES, INDEXING, PRODUCTS, PICTURES, ALONG, FORMULAS, FORMULAS,
)  # fmt: skip
"""Of these a family is drawn, then one of its words."""
