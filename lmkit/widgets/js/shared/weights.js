/** The weights of a model, from the holder that Python made of them: once a page, whichever figures ask. */
import { toBytes } from "./codec.js";
import { h } from "./dom.js";

const fetched = new Map(); // promises of what was made of the bytes, by their SHA-256

/** What `make` makes of the bytes of a model; made once for all figures of a page.
 * @template Made
 * @param {any} model of a figure, whose trait `weights` names the holder
 * @param {(bytes: Uint8Array, name: string) => Made} make @returns {Promise<Made>}
 */
export async function withWeights(model, make) {
  const holder = await model.widget_manager.get_model(model.get("weights").replace("IPY_MODEL_", ""));
  if (!holder) throw new Error("the weights of its model are not in this page: run the cell again.");
  const key = holder.get("sha256");
  if (!fetched.has(key)) {
    fetched.set(key, bytesOf(holder).then((bytes) => make(bytes, holder.get("name"))));
    fetched.get(key).catch(() => fetched.delete(key)); // whoever asks next may have more luck
  }
  return fetched.get(key);
}

/** Over the line to Python, or from the file beside the pages. @param {any} holder @returns {Promise<Uint8Array>} */
async function bytesOf(holder) {
  const address = holder.get("file");
  return address ? fromFile(address, holder.get("sha256").slice(0, 12)) : toBytes(holder.get("weights"));
}

/** A script that leaves the bytes in a global: a page that is opened from a folder may fetch nothing else.
 * @param {string} address @param {string} key @returns {Promise<Uint8Array>}
 */
async function fromFile(address, key) {
  const script = h("script", { src: address });
  await new Promise((resolve, reject) => {
    script.onload = resolve;
    script.onerror = () => reject(new Error(`its model could not be fetched from ${address}: reload the page.`));
    document.head.append(script);
  });
  script.remove();
  const text = globalThis.lmkitWeights?.[key];
  if (!text) throw new Error(`${address} does not hold the model that this page was built with: build the book again.`);
  delete globalThis.lmkitWeights[key]; // a megabyte of text that nobody needs any more
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
