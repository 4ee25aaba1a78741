"""Inside the generations: how the next one is made, dropped or carried away, and looked after."""
