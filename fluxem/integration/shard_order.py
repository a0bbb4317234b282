"""The order in which an epoch visits rows: a pure function of seed, epoch and the rows of each row group.

    1. Row groups are permuted, and their rows stand one behind the other.
    2. That sequence is cut into `lanes` equal runs; position p of the epoch is row p // lanes of lane p % lanes.
    3. In each lane, rows are permuted within windows of `window` rows.

So every row has one position, for any number of ranks: rank r of w takes positions r, r + w, r + 2w, ... and what n
ranks have seen of an epoch is a prefix of the positions, which other ranks can go on from. A window keeps reading
local: only the row groups that it touches need to be in memory. With `lanes` a multiple of the number of ranks, each
rank reads row groups of its own; with one lane (the default) each rank reads all of them and keeps its share, which
costs reading but the least memory.

Permutations sort rows by SplitMix64 hashes (Steele, Lea & Flood, OOPSLA 2014), not by a generator of numpy, whose
streams may change between versions.

Shape letters: G row groups, n positions.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

Integers = npt.NDArray[np.int64]

_GROUPS: Final = 1
_ROWS: Final = 2
_CACHED_WINDOWS: Final = 64


class EpochOrder:
    """Where each position of an epoch lies.

    Args:
        group_rows: (G,) rows of each row group, in the order of the files.
        seed: what tells runs apart.
        epoch: what tells epochs apart.
        shuffle: False visits rows as the files hold them.
        lanes: see above.
        window: rows among which a row may move, in its lane.
    """

    def __init__(
        self, group_rows: Integers, *, seed: int, epoch: int, shuffle: bool = True, lanes: int = 1, window: int = 8192
    ) -> None:
        self.total = int(group_rows.sum())
        self._shuffle = shuffle
        self._lanes = lanes if shuffle else 1
        self._window = window
        self._salt = (seed, epoch)
        groups = permutation(len(group_rows), seed, epoch, _GROUPS) if shuffle else np.arange(len(group_rows))
        self._group_first = np.concatenate(([0], np.cumsum(group_rows)))[groups]
        self._sequence = np.concatenate(([0], np.cumsum(group_rows[groups])))
        sizes = [(self.total - lane + self._lanes - 1) // self._lanes for lane in range(self._lanes)]
        self._lane_first = np.concatenate(([0], np.cumsum(sizes)))
        self._permutations: dict[tuple[int, int], Integers] = {}

    def rows(self, positions: Integers) -> Integers:
        """(n,) the rows, counted through all files, at n positions of the epoch."""
        if not self._shuffle:
            return positions
        lanes, places = positions % self._lanes, positions // self._lanes
        windows = places // self._window
        in_sequence = np.empty(len(positions), dtype=np.int64)
        keys = lanes * (self.total // self._window + 1) + windows
        for key in np.unique(keys):
            chosen = np.flatnonzero(keys == key)
            lane, window = int(lanes[chosen[0]]), int(windows[chosen[0]])
            first = window * self._window
            moved = self._permutation(lane, window)[places[chosen] - first]
            in_sequence[chosen] = self._lane_first[lane] + first + moved
        group = np.searchsorted(self._sequence, in_sequence, side="right") - 1
        found: Integers = self._group_first[group] + in_sequence - self._sequence[group]
        return found

    def _permutation(self, lane: int, window: int) -> Integers:
        """How a window's rows are moved; the latest ones are remembered."""
        known = self._permutations.pop((lane, window), None)
        if known is None:
            lane_rows = int(self._lane_first[lane + 1] - self._lane_first[lane])
            size = min(self._window, lane_rows - window * self._window)
            known = permutation(size, *self._salt, _ROWS, lane, window)
            while len(self._permutations) >= max(_CACHED_WINDOWS, 2 * self._lanes):
                del self._permutations[next(iter(self._permutations))]
        self._permutations[lane, window] = known
        return known


def permutation(size: int, *salt: int) -> Integers:
    """A permutation of 0 ... size - 1 that is a pure function of its arguments."""
    key = np.zeros(1, dtype=np.uint64)
    for number in salt:
        key = _mix(key ^ np.uint64(number % 2**64))
    return np.argsort(_mix(np.arange(size, dtype=np.uint64) + key), kind="stable")


def _mix(x: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """SplitMix64."""
    x = x + np.uint64(0x9E3779B97F4A7C15)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed: npt.NDArray[np.uint64] = x ^ (x >> np.uint64(31))
    return mixed
