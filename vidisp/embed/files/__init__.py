"""Files: stills, the pictures that go into them, and what comes out of them."""
