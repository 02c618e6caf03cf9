// The editor of a plan: a table in place of the lines of text, and what rows come to at every key. Without this script the
// lines are edited as they are.
import { copy } from "./copy.js";
import { complain, show } from "./plan-cells.js";
import { coverageWords, count, isRight } from "./plan-words.js";
import { layOut, MOST_FILES } from "./plan-live.js";
import { copied } from "./plan-paste.js";
import { isEnd, number, readRows, writeRows } from "./plan-text.js";
import { rowsTable } from "./plan-rows.js";

const form = document.querySelector("[data-plan-form]");
const lines = form.querySelector("[name=rows]");
const lanes = form.querySelector("[data-lanes]");
const said = form.querySelector("[data-said]");
const back = form.querySelector("[data-put-back]");
const samplesBody = form.querySelector("[data-samples]");
const nSamples = form.querySelector("[name=n_samples]");
const LANE_NAMES = {
  test: "Test", "small-run": "Small run", validation: "Validation sample", production: "Full production",
  "test small-run": "Test, small run", "production small-run": "Full production, small run",
};
const STEP = { "small-run": "validation small-run", "test small-run": "test small-run", "production small-run": "production small-run" };
let isUnsaved = form.dataset.planForm === "unsaved";
let isDue = false;

const say = (text) => { said.textContent = text; };

const samplesNow = () => [...samplesBody.querySelectorAll("[data-sample]")].map((row) => {
  const value = (name) => row.querySelector(`[data-of="${name}"]`).value.trim();
  const nFiles = number(value("n_files"));
  return { key: value("key"), name: value("label") || value("mql"), mql: value("mql"), nFiles: Number.isNaN(nFiles) ? null : nFiles,
    isBlank: !["label", "mql", "n_files", "n_files_from"].some((name) => value(name)) };
}).filter((one) => !one.isBlank);

const plan = rowsTable(form.querySelector("[data-rows]"), {
  changed: () => { isUnsaved = true; later(); }, say, mostRows: Number(form.dataset.mostRows),
});

const read = (record, samples) => {
  const { values } = record;
  const sample = samples.get(values.sample);
  const skip = number(values.skip) ?? 0;
  const limit = isEnd(values.limit) ? null : number(values.limit, 1);
  const isWrong = Number.isNaN(skip) || Number.isNaN(limit);
  return { lane: `${STEP[values.for] ?? `${values.for} main`} ${values.sample}`, name: values.for, sample: values.sample, skip, limit, isWrong,
    takes: Boolean(sample?.mql) && !values.query && !values.again && !isWrong, isOfSample: Boolean(sample?.mql) && !values.query };
};

const recompute = () => {
  isDue = false;
  const samples = new Map(samplesNow().map((one) => [one.key, one]));
  const given = plan.rows.map((record) => read(record, samples));
  const { rows, coverages } = layOut(given, new Map([...samples].map(([key, one]) => [key, one.nFiles])));
  plan.rows.forEach(({ outs }, at) => {
    const { nFiles, remaining } = rows[at];
    const isMany = nFiles > MOST_FILES;
    const unknown = given[at].takes ? "unknown" : given[at].isWrong && given[at].isOfSample ? "not a number" : "–";
    show(outs.files, nFiles === null ? unknown : isMany ? `${count(nFiles)}, over ${count(MOST_FILES)}` : count(nFiles));
    if (outs.files.classList.contains("over") !== isMany) outs.files.classList.toggle("over", isMany);
    show(outs.remaining, remaining === null ? unknown : count(remaining));
  });
  summarise(coverages, samples, new Map(given.map((row) => [row.lane, row])));
  back.hidden = !plan.hasRemoved();
};

const summarise = (coverages, samples, rowOf) => {
  const there = new Map([...lanes.children].map((item) => [item.dataset.lane, item]));
  for (const [lane, covered] of coverages) {
    const { name, sample } = rowOf.get(lane);
    const isWhole = name === "production";
    const item = there.get(lane) ?? lanes.appendChild(document.createElement("li"));
    there.delete(lane);
    item.dataset.lane = lane;
    item.className = "status wrap";
    item.dataset.state = isRight(covered, isWhole) ? "ok" : "warning";
    show(item, `${LANE_NAMES[name]}, ${sample} ${samples.get(sample).name}: ${coverageWords(covered, isWhole)}`);
  }
  for (const item of there.values()) item.remove();
};

// at most once a frame, however fast one types
const later = () => {
  if (isDue) return;
  isDue = true;
  requestAnimationFrame(recompute);
};

const offerSamples = () => {
  const now = samplesNow();
  plan.offer(now.map(({ key, name }) => [key, `${key} ${name}`.slice(0, 60)]));
  const slice = form.querySelector("[name=slice_sample]");
  const { value } = slice;
  slice.replaceChildren(...now.map(({ key, name }) => new Option(`${key} ${name}`.slice(0, 60), key)));
  if (value) slice.value = value;
};

const giveKeys = () => {
  const keys = [...samplesBody.querySelectorAll('[data-of="key"]')];
  const used = new Set(keys.map((one) => one.value));
  for (const one of keys) {
    if (one.value) continue;
    let at = 1;
    while (used.has(`s${at}`)) at += 1;
    one.value = `s${at}`;
    used.add(one.value);
    one.closest("tr").querySelector("[data-key]").textContent = one.value;
  }
};

form.querySelector("[data-add-sample]").addEventListener("click", () => {
  const row = samplesBody.lastElementChild.cloneNode(true);
  const at = nSamples.value;
  for (const input of row.querySelectorAll("[data-of]")) {
    [input.name, input.value] = [`samples-${at}-${input.dataset.of}`, ""];
    input.classList.remove("is-invalid");
  }
  row.querySelectorAll(".error, [data-told]").forEach((one) => one.remove());
  row.querySelectorAll("[data-count]").forEach((one) => { one.value = `count:${at}`; });
  nSamples.value = Number(at) + 1;
  samplesBody.append(row);
  giveKeys();
  row.querySelector('[data-of="label"]').focus();
});
samplesBody.addEventListener("input", () => { isUnsaved = true; later(); });
samplesBody.addEventListener("change", offerSamples);
form.addEventListener("input", () => { isUnsaved = true; });
form.querySelector("[data-add-row]").addEventListener("click", () => plan.add(plan.rows.length));
back.addEventListener("click", plan.putBack);
form.querySelector("[data-copy-rows]").addEventListener("click", async () => {
  await copy(copied(plan.rows));
  say(`${plan.rows.length} rows are copied.`);
});
form.addEventListener("submit", () => { lines.value = writeRows(plan.values()); isUnsaved = false; });
addEventListener("beforeunload", (event) => { if (isUnsaved) event.preventDefault(); });

giveKeys();
offerSamples();
plan.insert(0, readRows(lines.value));
for (const [at, column, why] of JSON.parse(form.dataset.errors)) if (plan.rows[at]) complain(plan.rows[at], column, why);
form.classList.add("is-live");
recompute();
