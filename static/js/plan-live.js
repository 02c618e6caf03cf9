// What slices come to, worked out while one types: the arithmetic of campaigns/plan/slices.py and planning/rows.py.
// Positions count files from 0; intervals are half-open. A limit that is null runs to the end.
const FAR = 1e13;
export const MOST_FILES = 8000;

const interval = ({ skip, limit }, nFiles) => {
  const wanted = limit === null ? null : skip + limit;
  if (nFiles === null) return [skip, wanted];
  return [Math.min(skip, nFiles), wanted === null ? nFiles : Math.min(wanted, nFiles)];
};

const firstAtLeast = (sorted, value) => {
  let low = 0, high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] < value) low = middle + 1; else high = middle;
  }
  return low;
};

// positions taken so far, as disjoint intervals in order
class Taken {
  nDistinct = 0;
  starts = [];
  ends = [];

  add(from, to) {
    if (from >= to) return;
    const first = firstAtLeast(this.ends, from);
    const last = firstAtLeast(this.starts, to + 1);
    let start = from, end = to;
    if (first < last) {
      start = Math.min(start, this.starts[first]);
      end = Math.max(end, this.ends[last - 1]);
      for (let at = first; at < last; at += 1) this.nDistinct -= this.ends[at] - this.starts[at];
    }
    this.starts.splice(first, last - first, start);
    this.ends.splice(first, last - first, end);
    this.nDistinct += end - start;
  }
}

// pieces: [{ id, skip, limit }] → gaps, overlaps, what lies past the end, and how many files are taken at least once
export const coverage = (nFiles, pieces) => {
  const starts = new Map(), ends = new Map(), gaps = [], overlaps = [], pastEnd = [];
  const note = (map, at, index) => { if (map.has(at)) map.get(at).push(index); else map.set(at, [index]); };
  pieces.forEach((piece, index) => {
    const [start, end] = interval(piece, nFiles);
    if (start < (end ?? FAR)) { note(starts, start, index); note(ends, end ?? FAR, index); }
    if (nFiles === null || piece.limit === 0) return;
    if (piece.limit === null ? piece.skip >= nFiles : piece.skip + piece.limit > nFiles) pastEnd.push(piece.id);
  });
  const whole = nFiles ?? FAR;
  const places = [...new Set([0, whole, ...starts.keys(), ...ends.keys()])].sort((a, b) => a - b);
  const active = new Set();
  let shared = null, sharedFrom = 0, before = 0, nDistinct = 0;
  for (const at of places) {
    if (!active.size && before < at) gaps.push([before, at]);
    else if (active.size) nDistinct += at - before;
    for (const index of ends.get(at) ?? []) active.delete(index);
    if (shared && active.size < 2) {
      const ids = [...new Set([...shared].sort((a, b) => a - b).map((index) => pieces[index].id))];
      overlaps.push([sharedFrom, at === FAR ? null : at, ids]);
      shared = null;
    }
    const begun = starts.get(at) ?? [];
    if (shared) for (const index of begun) shared.add(index);
    else if (active.size + begun.length >= 2) { shared = new Set([...active, ...begun]); sharedFrom = at; }
    for (const index of begun) active.add(index);
    before = at;
  }
  const isOpen = nFiles === null && pieces.some((piece) => piece.limit === null);
  return { nFiles, gaps: gaps.filter(([, end]) => end < FAR), overlaps, pastEnd, nDistinct: isOpen ? null : nDistinct };
};

// rows: [{ lane, sample, skip, limit, takes }] in order; samples: key → number of files or null.
// A row that takes nothing of its sample (Monte Carlo, a query of its own, again, a number that is none) has `takes` false.
export const layOut = (rows, samples) => {
  const lanes = new Map();
  const laid = rows.map((row, index) => {
    if (!row.takes) return { nFiles: null, remaining: null };
    const nFiles = samples.get(row.sample) ?? null;
    if (!lanes.has(row.lane)) lanes.set(row.lane, { nFiles, taken: new Taken(), pieces: [] });
    const lane = lanes.get(row.lane);
    lane.pieces.push({ id: index + 1, skip: row.skip, limit: row.limit });
    const [start, end] = interval(row, nFiles);
    if (nFiles !== null) lane.taken.add(start, end);
    return { nFiles: end === null ? null : end - start, remaining: nFiles === null ? null : nFiles - lane.taken.nDistinct };
  });
  const coverages = new Map([...lanes].map(([key, lane]) => [key, coverage(lane.nFiles, lane.pieces)]));
  return { rows: laid, coverages };
};
