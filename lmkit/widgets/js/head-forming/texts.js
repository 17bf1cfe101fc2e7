/** The world to be learned: random words, no word twice, and then a stretch of them once more. Where the stretch begins is
 * random: else to look back by a fixed distance would do. What does: to find the place where the last word stood, and to
 * say what followed there.
 */

export const WORDS = 24;
export const FIRST = 14; // how many come for the first time
export const LENGTH = 24;
const STARTS = [0, FIRST - (LENGTH - FIRST)]; // of the stretch: the earliest, the latest

/** Writes a batch of texts, and what is asked: once a word has come again, the word after it.
 * @param {{inputs: Int32Array, answers: Int32Array}} into @param {() => number} next random numbers, from 0 to 1
 * @param {number[]} [starts]
 */
export function drawTexts({ inputs, answers }, next, [from, to] = STARTS) {
  for (let text = 0; text < inputs.length; text += LENGTH) {
    const words = shuffled(next).slice(0, FIRST);
    const start = from + Math.floor(next() * (to - from + 1));
    for (let i = 0; i < LENGTH; i++) {
      const place = i < FIRST ? i : start + i - FIRST;
      inputs[text + i] = words[place];
      answers[text + i] = i < FIRST ? -1 : words[place + 1] ?? -1;
    }
  }
}

/** @param {() => number} next @returns {number[]} all words, in random order */
function shuffled(next) {
  const words = Array.from({ length: WORDS }, (_, word) => word);
  for (let i = 0; i < WORDS; i++) {
    const j = i + Math.floor(next() * (WORDS - i));
    [words[i], words[j]] = [words[j], words[i]];
  }
  return words;
}
