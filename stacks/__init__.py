"""The AWS side: settings, stacks and what they cost. `app.py` composes them."""
