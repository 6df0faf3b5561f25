"""First-order MAML over the fully-connected layers."""

from ohmshot.meta.algorithms.maml import maml_of_order

FIRST_ORDER_MAML = maml_of_order("first-order-maml", "first")
"""MAML with the gradients of the updates taken as constants: cheaper, and blind to how an update changes the next.

Finn, Abbeel, Levine, ICML 2017, section 5.2; Nichol, Achiam, Schulman, "On First-Order Meta-Learning Algorithms",
arXiv:1803.02999. The rates still learn: the loss depends on them directly.
"""
