"""The networks of chapter 6 of Nielsen's book. Each is a function from images (N, 784) to class scores (N, 10)."""

from __future__ import annotations

import numpy as np

import symnet as sn
from symnet.nn import Conv2d, Dense, Layer, initialise


def shallow(x: sn.Variable, rng: np.random.Generator) -> tuple[sn.Variable, list[Layer]]:
    """One hidden layer of 100 sigmoid neurons."""
    fc1 = Dense(100, w=initialise.lecun_normal, rng=rng, name="fc1")
    fc2 = Dense(10, w=initialise.lecun_normal, rng=rng, name="fc2")
    h = sn.sigmoid(fc1(x))
    return fc2(h), [fc1, fc2]


def conv(x: sn.Variable, rng: np.random.Generator) -> tuple[sn.Variable, list[Layer]]:
    """One convolution, then a fully connected layer."""
    conv1 = Conv2d(20, 5, rng=rng, name="conv1")
    fc1 = Dense(100, rng=rng, name="fc1")
    fc2 = Dense(10, w=initialise.lecun_normal, rng=rng, name="fc2")
    images = x.reshape((-1, 1, 28, 28))
    h1 = sn.relu(sn.pool2d(conv1(images), 2))
    h2 = sn.relu(fc1(h1.flatten(2)))
    return fc2(h2), [conv1, fc1, fc2]


def double_conv(x: sn.Variable, rng: np.random.Generator) -> tuple[sn.Variable, list[Layer]]:
    """Two convolutions with max-pooling, then a fully connected layer: the chapter's main network."""
    conv1 = Conv2d(20, 5, rng=rng, name="conv1")
    conv2 = Conv2d(40, 5, rng=rng, name="conv2")
    fc1 = Dense(100, rng=rng, name="fc1")
    fc2 = Dense(10, w=initialise.lecun_normal, rng=rng, name="fc2")
    images = x.reshape((-1, 1, 28, 28))
    h1 = sn.relu(sn.pool2d(conv1(images), 2))
    h2 = sn.relu(sn.pool2d(conv2(h1), 2))
    h3 = sn.relu(fc1(h2.flatten(2)))
    return fc2(h3), [conv1, conv2, fc1, fc2]


def dropout(x: sn.Variable, rng: np.random.Generator) -> tuple[sn.Variable, list[Layer]]:
    """Two convolutions and two fully connected layers of 1,000 neurons with dropout: the chapter's last network."""
    conv1 = Conv2d(20, 5, rng=rng, name="conv1")
    conv2 = Conv2d(40, 5, rng=rng, name="conv2")
    fc1 = Dense(1000, rng=rng, name="fc1")
    fc2 = Dense(1000, rng=rng, name="fc2")
    fc3 = Dense(10, w=initialise.lecun_normal, rng=rng, name="fc3")
    images = x.reshape((-1, 1, 28, 28))
    h1 = sn.relu(sn.pool2d(conv1(images), 2))
    h2 = sn.relu(sn.pool2d(conv2(h1), 2))
    h3 = sn.dropout(sn.relu(fc1(sn.dropout(h2.flatten(2), 0.5))), 0.5)
    h4 = sn.dropout(sn.relu(fc2(h3)), 0.5)
    return fc3(h4), [conv1, conv2, fc1, fc2, fc3]


NETWORKS = {"shallow": shallow, "conv": conv, "double-conv": double_conv, "dropout": dropout}
