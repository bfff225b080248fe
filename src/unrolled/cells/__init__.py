"""The recurrent cells which the chapters derive, batched and fast, in NumPy."""
