import time
def test_a(curated): pass
