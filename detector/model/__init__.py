"""The things of the domain and their tables; everything may import these."""
