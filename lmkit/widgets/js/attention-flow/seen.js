import { descending } from "../attention-heads/data.js";
import { clamp } from "../shared/math.js";
import { count, MARK, percent } from "../shared/text.js";
import { flowFrom } from "./data.js";

/** @typedef {{token: number, layer: number, query: number, least: number, table: boolean, width: number}} State least: what a link
 *   must carry to be drawn
 * @typedef {{state: State, flow: import("./data.js").Flow, flows: ReturnType<typeof flowFrom>[]}} Seen
 */

/** @param {import("./data.js").Flow} flow @param {State} state @returns {Seen} */
export const seenIn = (flow, state) => ({ flow, state, flows: flow.mixes.map((mixes) => flowFrom(mixes, state.token, flow.tokens)) });

/** @param {import("./data.js").Flow} flow @returns {(wanted: State) => State} */
export const settleFor = ({ layers, tokens }) => (wanted) => ({
  ...wanted, layer: clamp(wanted.layer, layers), token: clamp(wanted.token, tokens), query: clamp(wanted.query, tokens),
});

/** What is seen, with its numbers. @param {Seen} seen @returns {string} */
export function sentence(seen) {
  const { flow: { words, layers, methods, tokens }, state: { token, layer, query, least }, flows } = seen;
  const word = (i) => `“${MARK}${words[i]}${MARK}”${words.indexOf(words[i]) === words.lastIndexOf(words[i]) ? "" : ` (token ${i})`}`;
  const best = (shares) => descending(shares).slice(0, 3).map((i) => `${percent(shares[i])} from ${word(i)}`).join(", ");
  const from = methods.map((method, i) => `by ${method}, ${best(flows[i].input)}`).join("; ");
  const through = (links) => links[layer].subarray(query * tokens, (query + 1) * tokens).reduce((sum, p) => sum + p, 0);
  const passes = methods.map((method, i) => `${percent(through(flows[i].links))} (${method})`).join(", ");
  const shown = flows[0].links.reduce((sum, links) => sum + links.reduce((part, p) => part + (p >= least ? p : 0), 0), 0) / layers;
  return `After ${count(layers, "layer")}: ${from}. Through ${word(query)} in L${layer} passes ${passes}. The links that are drawn carry ${percent(shown)} (${methods[0]}).`;
}

/** What the output holds of each token of the input, the most first. @param {Seen} seen @returns {[string, number[]][]} */
export function rowsOf({ flow: { words }, flows }) {
  return descending(flows[0].input).map((i) => [words[i], flows.map(({ input }) => input[i])]);
}

export const LEASTS = [0.002, 0.005, 0.01, 0.02, 0.05].map((least) => [least, `links from ${percent(least)}`]);
