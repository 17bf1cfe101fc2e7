/** What the heads do, in numbers from 0 to 1. As lmkit.inside.heads. */

/** How much attention goes to the word before, from every word but the first, in the beginnings of some texts.
 * @param {Attention} attention @param {number} texts how many @param {number} length of the beginnings @returns {number}
 */
export function previousToken(attention, texts, length) {
  const found = mean();
  for (let text = 0; text < texts; text++) {
    for (let query = 1; query < length; query++) found.take(attention(text, query)[query - 1]);
  }
  return found.value();
}

/** How much attention goes to what followed the same word before, from every word that has stood there before.
 * Source: Olsson et al. 2022.
 * @param {Attention} attention @param {ArrayLike<number>} words of all texts @param {number} length of a text @returns {number}
 */
export function induction(attention, words, length) {
  const found = mean();
  for (let row = 0; row < words.length; row++) {
    const start = row - (row % length);
    const after = [];
    for (let j = start; j < row; j++) if (words[j] === words[row]) after.push(j + 1 - start);
    if (!after.length) continue;
    const shares = attention(start / length, row - start);
    found.take(after.reduce((sum, key) => sum + shares[key], 0));
  }
  return found.value();
}

/** @typedef {(text: number, query: number) => ArrayLike<number>} Attention the shares that a query gives to the keys */

/** A mean of what it takes. */
function mean() {
  let [sum, count] = [0, 0];
  return {
    take(value) {
      sum += value;
      count++;
    },
    value: () => sum / count,
  };
}
