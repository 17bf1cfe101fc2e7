/** Compiles kernel.ts and writes it as a module: `npm run kernel`. The same source gives the same bytes. Fewer than 4,096 of
 * them: browsers from before July 2023 compile no more at once.
 */
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import asc from "assemblyscript/asc";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const OPTIONS = ["kernel.ts", "--baseDir", HERE, "--outFile", "kernel.wasm", "--runtime", "stub", "--importMemory", "--enable", "simd", "-O3", "--shrinkLevel", "1", "--noAssert"];

/** @returns {Promise<Uint8Array>} */
async function compile() {
  const written = new Map();
  const { error, stderr } = await asc.main(OPTIONS, { writeFile: (name, contents) => written.set(name, contents) });
  if (error) throw new Error(`${error.message}\n${stderr}`);
  return written.get("kernel.wasm");
}

const bytes = await compile();
const [, , to = `${HERE}binary.js`] = process.argv;
writeFileSync(to, `/** kernel.ts, compiled by build.js. */\nexport default "${Buffer.from(bytes).toString("base64")}";\n`);
