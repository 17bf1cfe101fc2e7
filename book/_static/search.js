/* The search page: finds the sections that have all words of a question, and shows the sentence that has most of them. */
const ask = new URLSearchParams(location.search).get("q") ?? "";
const words = found.words(ask);

/** How well a section answers: its words in the title count most, then all in one sentence; 0 where one is missing. */
function score({ title, sentences }) {
  const text = sentences.join("\n");
  let sum = 0;
  for (const word of words) {
    const inTitle = found.count(title, word);
    const inText = found.count(text, word);
    if (!inTitle && !inText) return 0;
    sum += 20 * inTitle + Math.log2(1 + inText);
  }
  const together = sentences.filter((sentence) => words.every((word) => found.count(sentence, word)));
  return sum + (words.length > 1 ? 5 * Math.log2(1 + together.length) : 0);
}

/** The sentence with most of the words; of equal ones the first. */
function bestSentence({ sentences }) {
  const has = (sentence) => words.filter((word) => found.count(sentence, word)).length;
  const most = Math.max(0, ...sentences.map(has));
  return most ? sentences.find((sentence) => has(sentence) === most) : "";
}

/** A text with the words marked, and no longer than can be read at a glance. */
function marked(text) {
  const line = document.createElement("p");
  const places = found.places(text, words);
  const start = Math.max(0, (places[0]?.[0] ?? 0) - 120);
  let end = start > 0 ? text.indexOf(" ", start) + 1 : 0;
  if (end > 0) line.append("… ");
  for (const [from, to] of places.filter(([, to]) => to < start + 320)) {
    const mark = document.createElement("mark");
    mark.textContent = text.slice(from, to);
    line.append(text.slice(end, from), mark);
    end = to;
  }
  const rest = text.slice(end, start + 320);
  line.append(rest, end + rest.length < text.length ? " …" : "");
  return line;
}

function entry(section) {
  const item = document.createElement("li");
  const link = document.createElement("a");
  link.href = `${section.page}.html?${new URLSearchParams({ found: ask })}#${section.anchor}`;
  link.textContent = section.title;
  item.append(link);
  if (section.chapter !== section.title) item.append(` in ${section.chapter}`);
  const sentence = bestSentence(section);
  if (sentence) item.append(marked(sentence));
  return item;
}

const results = sections
  .map(([page, anchor, chapter, title, sentences]) => ({ page, anchor, chapter, title, sentences }))
  .map((section) => [words.length ? score(section) : 0, section])
  .filter(([value]) => value > 0)
  .sort(([one], [other]) => other - one);

const field = document.querySelector('.bd-search-container input[name="q"]');
field.value = ask;
if (!ask) field.focus();
document.querySelector("#found-sections").append(...results.map(([, section]) => entry(section)));
const told = results.length === 1 ? "1 section has" : `${results.length || "No"} sections have`;
document.querySelector("#found-how-many").textContent = words.length ? `${told} all of these words.` : "";
