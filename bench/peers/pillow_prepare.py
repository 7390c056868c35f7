"""What bench/prepare.ts does, with Pillow: read, grey, cut out, shrink, take the bytes, on all cores.

    python3 pillow_prepare.py COUNT CORES LEFT TOP SIDE OUTPUT-SIDE FILE...
"""

import sys
from multiprocessing import Pool

from PIL import Image

count, cores = int(sys.argv[1]), int(sys.argv[2])
left, top, side = (float(word) for word in sys.argv[3:6])
output = int(sys.argv[6])
files = sys.argv[7:]


def prepare(index):
    with Image.open(files[index % len(files)]) as picture:
        box = (left, top, left + side, min(top + side, picture.height))
        return picture.convert("L").resize((output, output), Image.Resampling.BOX, box=box).tobytes()


if __name__ == "__main__":
    with Pool(cores) as pool:
        pool.map(prepare, range(count), chunksize=16)
