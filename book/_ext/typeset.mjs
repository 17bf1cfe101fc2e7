/* TeX to MathML, many formulas at a time: [{tex, display}] on standard input, [{mathml} or {error}] on standard output.
   Temml (temml.org) does the work. */
import { readFileSync } from "node:fs";
import temml from "temml";

function typeset({ tex, display }) {
  try {
    return { mathml: temml.renderToString(tex, { displayMode: display, throwOnError: true }) };
  } catch (error) {
    return { error: error.message.split("\n")[0].trim() };
  }
}

process.stdout.write(JSON.stringify(JSON.parse(readFileSync(0, "utf8")).map(typeset)));
