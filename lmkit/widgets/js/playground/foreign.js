/** Is this a text that the model could have met? It has read stories of a small world, in plain English, and nothing else. */

import { visible } from "../shared/text.js";

// The mean −log p of what the reader typed, in nats. No beginning of 600 held-out stories reached it, other English passed it; to
// give every token of the vocabulary the same share would cost log 768 = 6.6.
const STRANGE = 5;
const FEWEST = 8; // tokens: below, one surprise outweighs the rest

// Stories are written in these characters; all others come in bytes that the model has hardly ever seen.
const UNKNOWN = /[^\n -~]/u;

/** @param {import("./reading.js").Reading} reading @param {string} text @returns {string} nothing, if the text may be at home */
export function foreignSays({ tokens, whole }, text) {
  const unknown = text.match(UNKNOWN);
  if (unknown) return `This model has read stories only, in plain English: it has never seen the character “${visible(unknown[0])}”, and can make nothing of it.`;
  const costs = whole.costs.slice(0, tokens.typed).filter((cost) => cost !== null);
  const mean = costs.reduce((sum, cost) => sum + cost, 0) / costs.length;
  if (costs.length < FEWEST || mean < STRANGE) return "";
  return `This model has read stories only, of a small world. Your text costs it ${mean.toFixed(1)} nats a token, more than any story of its own: here it can only guess.`;
}
