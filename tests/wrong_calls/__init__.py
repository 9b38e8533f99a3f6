"""Wrong calls that beginners make, as small programs, and what symnet and its peers say to them."""

from wrong_calls import dtypes, functions, gradients, images, labels, shapes, symbols

SECTIONS = (labels, symbols, shapes, images, gradients, functions, dtypes)
ALL = [mistake for section in SECTIONS for mistake in section.MISTAKES]
