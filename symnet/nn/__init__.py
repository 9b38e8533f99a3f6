"""Layers: thin objects that build expressions and own named shared parameters."""

from symnet.nn import initialise
from symnet.nn.containers import Concat, Parallel, Residual, Sequential
from symnet.nn.conv import Conv1d, Conv2d, Conv3d, ConvTranspose1d, ConvTranspose2d, ConvTranspose3d
from symnet.nn.dense import Dense, Embedding
from symnet.nn.functions import Activation, Dropout, Flatten, Lambda, Reshape, Softmax
from symnet.nn.layer import Layer
from symnet.nn.norm import BatchNorm, GroupNorm, LayerNorm, RMSNorm
from symnet.nn.penalties import l1_penalty, l2_penalty
from symnet.nn.pool import (
    AvgPool1d,
    AvgPool2d,
    AvgPool3d,
    GlobalAvgPool,
    GlobalMaxPool,
    MaxPool1d,
    MaxPool2d,
    MaxPool3d,
)
from symnet.nn.recurrent import GRU, LSTM, RNN, Cell, GRUCell, LSTMCell, RNNCell

__all__ = [
    "Activation", "AvgPool1d", "AvgPool2d", "AvgPool3d", "BatchNorm", "Cell", "Concat", "Conv1d", "Conv2d", "Conv3d",
    "ConvTranspose1d", "ConvTranspose2d", "ConvTranspose3d", "Dense", "Dropout", "Embedding", "Flatten", "GRU",
    "GRUCell", "GlobalAvgPool", "GlobalMaxPool", "GroupNorm", "LSTM", "LSTMCell", "Lambda", "Layer", "LayerNorm",
    "MaxPool1d", "MaxPool2d", "MaxPool3d", "Parallel", "RMSNorm", "RNN", "RNNCell", "Reshape", "Residual", "Sequential",
    "Softmax", "initialise", "l1_penalty", "l2_penalty",
]  # fmt: skip
