// How slices, gaps and overlaps are said: the words of campaigns/views/plan_words.py.
const MOST_NAMED = 5;

export const count = (n) => n.toLocaleString("en-US");

const span = (start, end) => {
  if (end === null) return `${count(start)} and on`;
  return end - start === 1 ? count(start) : `${count(start)} to ${count(end - 1)}`;
};

const capped = (words) =>
  words.length <= MOST_NAMED ? words : [...words.slice(0, MOST_NAMED), `${count(words.length - MOST_NAMED)} more`];

const rowsWords = (numbers) => {
  const texts = numbers.length > MOST_NAMED ? [...numbers.slice(0, MOST_NAMED), `${numbers.length - MOST_NAMED} more`] : numbers;
  return numbers.length === 1 ? `row ${numbers[0]}` : `rows ${texts.slice(0, -1).join(", ")} and ${texts.at(-1)}`;
};

const overlapWords = ([start, end, ids]) =>
  `${span(start, end)} (${end === null ? "" : `${count(end - start)}, `}${rowsWords(ids)})`;

export const isRight = (covered, isWhole) =>
  !covered.overlaps.length && !covered.pastEnd.length && !(isWhole && covered.gaps.length);

export const coverageWords = (covered, isWhole) => {
  const { nFiles, nDistinct, gaps, overlaps, pastEnd } = covered;
  const parts = [];
  if (nFiles === null) {
    parts.push(`The number of files is not known${nDistinct === null ? "." : `; ${count(nDistinct)} are asked for.`}`);
  } else if (isWhole && !gaps.length && !overlaps.length) parts.push(`All ${count(nFiles)} files, each once.`);
  else parts.push(`${count(nDistinct ?? 0)} of ${count(nFiles)} files.`);
  if (isWhole && gaps.length) {
    const told = capped(gaps.map(([start, end]) => `${span(start, end)} (${count(end - start)})`));
    parts.push(`In no row: ${told.join(", ")}.`);
  }
  if (overlaps.length) parts.push(`Taken twice: ${capped(overlaps.map(overlapWords)).join(", ")}.`);
  if (pastEnd.length) parts.push(`Past the end: ${rowsWords(pastEnd)}.`);
  return parts.join(" ");
};
