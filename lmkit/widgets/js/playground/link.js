/** What the reader has made, in the address of the page: so a teacher can send it. All of it is data, and may be anything. */
import { MOST_CHARACTERS } from "./data.js";

const START = "#playground?";
const MOST_PAIRS = 64;
const MOST_LENGTH = 24_000; // of the whole, in characters: each of a text may need nine

/** @param {import("./data.js").State} state @param {string} name of the model @returns {string} with its "#" */
export function writeLink(state, name) {
  const { text, position, layer, head, temperature, top_k, top_p, seed, hidden, off } = state;
  const pairs = (list) => list.map((pair) => pair.join(".")).join("_");
  const all = {
    model: name, text, at: position, focus: `${layer}.${head}`, t: temperature, k: top_k ?? "", p: top_p, seed,
    hidden: hidden.join("_"), heads: pairs(off.heads), neurons: pairs(off.neurons),
  };
  const said = Object.entries(all).filter(([, value]) => value !== "");
  return START + new URLSearchParams(said.map(([key, value]) => [key, `${value}`])).toString();
}

/** The part of a state that an address names. What it names wrongly is left out.
 * @param {string} hash with its "#" @param {string} name of the model @param {any} config of the model
 * @returns {Partial<import("./data.js").State> | null} null: the address means something else
 */
export function readLink(hash, name, config) {
  if (!hash.startsWith(START) || hash.length > MOST_LENGTH) return null;
  const said = new URLSearchParams(hash.slice(START.length));
  if (said.get("model") !== name) return null;
  const [focus] = pairsOf(said.get("focus"), config.n_layers, config.n_heads);
  const parts = {
    text: said.get("text")?.slice(0, MOST_CHARACTERS),
    position: whole(said.get("at"), 0, Infinity),
    layer: focus?.[0], head: focus?.[1],
    temperature: between(said.get("t"), 0, 5),
    top_k: said.has("k") ? whole(said.get("k"), 1, config.vocab_size) : null,
    top_p: between(said.get("p"), 0.01, 1),
    seed: whole(said.get("seed"), 0, 2 ** 31 - 1),
    hidden: (said.get("hidden") ?? "").split("_").slice(0, 256).map((text) => whole(text, 1, 255)).filter((i) => i !== undefined),
    off: {
      heads: pairsOf(said.get("heads"), config.n_layers, config.n_heads),
      neurons: pairsOf(said.get("neurons"), config.n_layers, config.d_hidden),
    },
  };
  return Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined));
}

/** @param {string | null} text @param {number} low @param {number} high @returns {number | undefined} */
function between(text, low, high) {
  const number = /^\d{1,10}(\.\d{1,10})?$/.test(text ?? "") ? Number(text) : NaN;
  return number >= low && number <= high ? number : undefined;
}

/** @param {string | null} text @param {number} low @param {number} high @returns {number | undefined} */
function whole(text, low, high) {
  const number = between(text, low, high);
  return Number.isInteger(number) ? number : undefined;
}

/** @param {string | null} text such as "0.3_2.17" @param {number} layers @param {number} count @returns {[number, number][]} */
function pairsOf(text, layers, count) {
  const pairs = (text ?? "").split("_").slice(0, MOST_PAIRS).map((pair) => pair.split("."));
  const numbers = pairs.map(([layer, i, ...rest]) => (rest.length ? [] : [whole(layer, 0, layers - 1), whole(i, 0, count - 1)]));
  const good = numbers.filter((pair) => pair.length === 2 && !pair.includes(undefined));
  return [...new Map(good.map((pair) => [pair.join("."), pair])).values()];
}
