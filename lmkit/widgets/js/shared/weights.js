/** The weights of a model, from the holder that Python made of them: once a page, whichever figures ask. */
import { toBytes } from "./codec.js";

const known = new Map(); // what was made of the bytes, by their SHA-256

/** What `make` makes of the bytes of a model; made once for all figures of a page.
 * @template Made
 * @param {any} model of a figure, whose trait `weights` names the holder
 * @param {(bytes: Uint8Array, name: string) => Made} make @returns {Promise<Made>}
 */
export async function withWeights(model, make) {
  const holder = await model.widget_manager.get_model(model.get("weights").replace("IPY_MODEL_", ""));
  const key = holder.get("sha256");
  if (!known.has(key)) known.set(key, make(toBytes(holder.get("weights")), holder.get("name")));
  return known.get(key);
}
