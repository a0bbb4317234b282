"""The blocks that domains are built from: header, type check, limbs, logarithm, phase, number and component block.

Every block writes into columns of a zeroed float32 array of shape (n, 128) and reads one vector of 128.
All arithmetic that decides a stored value is exact (Python integers) or plain IEEE + - * /, so the same
bytes come out on every machine, alone or in a batch.
"""
