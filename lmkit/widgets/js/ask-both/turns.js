/** What each of the two models reads of the reader's words, and what it writes, token by token. Pure.
 *
 * @typedef {object} Kind one of the models
 * @property {string} name @property {string} trait which names the holder of its weights
 * @property {boolean} marked whether it knows marks: reads a turn of a dialogue, and ends its own
 * @property {number} longest how many tokens it may write
 *
 * @typedef {Kind & {model: any, run: any}} Voice a model that is there: of the engine, and a run of it
 *
 * @typedef {{written: number[], text?: string, over: "" | "told" | "ended" | "cut"}} Answer `text` is what Python was told
 */

export const MARKS = ["<|user|>", "<|answer|>", "<|end|>"];
const MOST_TOKENS = 140; // as in lmkit/widgets/ask_both.py, and so what follows
/** @type {Kind[]} */
export const KINDS = [
  { name: "book", trait: "weights", marked: false, longest: 40 },
  { name: "book-instruct", trait: "tuned", marked: true, longest: 110 },
];
const STORY = 0;

/** @param {Kind} kind @param {any} model @returns {Voice} */
export function makeVoice(kind, model) {
  return { ...kind, model, run: model.start({ capacity: MOST_TOKENS + MARKS.length + kind.longest }) };
}

/** The tokens that it reads, and the one that ends what it writes. A mark that the reader types is text.
 * @param {Voice} voice @param {string} text @returns {{ids: number[], end: number, cut: boolean}}
 */
export function given({ model: { tokenizer, config }, marked }, text) {
  const words = tokenizer.encode(marked ? ` ${text}` : text);
  const read = words.slice(0, MOST_TOKENS);
  const cut = read.length < words.length;
  if (!marked) return { ids: [STORY, ...read], end: STORY, cut };
  const [user, answer, end] = MARKS.map((_, i) => config.vocab_size - MARKS.length + i);
  return { ids: [STORY, user, ...read, answer], end, cut };
}

/** With its most probable next token. @param {Voice} voice @param {string} text @param {Answer} answer @returns {Answer} */
export function oneMore(voice, text, answer) {
  if (answer.over) return answer;
  const { ids, end } = given(voice, text);
  const all = [...ids, ...answer.written];
  voice.run.read(all);
  const next = greatest(voice.run.logits(all.length - 1));
  if (next === end) return { ...answer, over: "ended" };
  const written = [...answer.written, next];
  return { written, over: written.length === voice.longest ? "cut" : "" };
}

/** @param {ArrayLike<number>} logits @returns {number} of equals the smallest id, as in Python */
function greatest(logits) {
  let best = 0;
  for (let i = 1; i < logits.length; i++) if (logits[i] > logits[best]) best = i;
  return best;
}

/** What it wrote, as text. A mark that comes where none belongs is shown by its name.
 * @param {Voice} voice @param {number[]} written @returns {string}
 */
export function textOf({ model: { tokenizer, config }, marked }, written) {
  const first = config.vocab_size - MARKS.length;
  const runs = [[]];
  for (const id of written) {
    if (marked && id >= first) runs.push(MARKS[id - first], []);
    else runs.at(-1).push(id);
  }
  return runs.map((run) => (typeof run === "string" ? run : tokenizer.decode(run))).join("").trim();
}
