"""How well it goes: gold, figures, and weights learnt from them."""
