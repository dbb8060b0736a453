"""What the generators of synthetic twins share: how a twin is cut and drawn, and French words.

- `blocks`: a twin is a sequence of blocks, each drawn from random streams of its own;
- `dice`: choices from one such stream;
- `words`: reads `words.yml`, what of a data set is data and not code, against a schema;
- `geography`: official codes, names and regions;
- `texts`, `names`, `places`, `firms`: how French is spelt and misspelt, what people, towns, streets
  and firms are called. What they know of words stands beside each in a `.yml` file of its name.

A generator imports the modules that it needs: what they and their `.yml` files say is part of its
twin's content.
"""
