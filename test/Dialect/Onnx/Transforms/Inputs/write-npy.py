"""Writes a NumPy file without NumPy, which a system's Python may not have.

usage: write-npy.py FILE DESCR SHAPE BYTES-IN-HEXADECIMAL
"""

import sys

name, descr, shape, data = sys.argv[1:]
header = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}"
header += " " * (-(len(header) + 11) % 64) + "\n"
with open(name, "wb") as file:
    file.write(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little"))
    file.write(header.encode() + bytes.fromhex(data))
