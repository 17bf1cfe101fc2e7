/** The shape of a model, as lmkit.model.transformer has it.
 * @typedef {object} Config
 * @property {number} vocab_size @property {number} n_layers @property {number} n_heads @property {number} d_model
 * @property {number} d_hidden neurons in each feed-forward network
 * @property {number} n_kv_heads key and value heads; each is shared by a group of query heads
 * @property {number} max_positions how many positions are learned; rotary ones need no such limit
 * @property {boolean} causal whether each token sees only itself and the past
 * @property {"rotary" | "learned"} positions @property {number} rotary_base
 * @property {"relu" | "gelu" | "gelu_tanh" | "swiglu"} activation
 * @property {"layer" | "rms"} norm @property {boolean} norm_first @property {number} norm_eps
 * @property {boolean} bias @property {boolean} unembed @property {boolean} tied
 * @property {boolean} [qk_norm] @property {boolean} [unembed_bias] @property {number} [n_experts] none is computed
 *   here: false, false and 1, if given
 */

const COUNTS = ["vocab_size", "n_layers", "n_heads", "d_model", "d_hidden", "n_kv_heads", "max_positions"];
const CHOICES = {
  positions: ["rotary", "learned"],
  activation: ["relu", "gelu", "gelu_tanh", "swiglu"],
  norm: ["layer", "rms"],
  ...Object.fromEntries(["causal", "norm_first", "bias", "unembed", "tied"].map((name) => [name, [true, false]])),
};

/** Refuses what is no configuration. @param {any} config @returns {Config} the same */
export function checkConfig(config) {
  for (const name of COUNTS) check(Number.isInteger(config?.[name]) && config[name] > 0, config, name, "a whole number above 0");
  for (const [name, choices] of Object.entries(CHOICES)) check(choices.includes(config[name]), config, name, `one of ${choices.join(", ")}`);
  for (const name of ["rotary_base", "norm_eps"]) check(config[name] > 0, config, name, "a number above 0");
  check(config.d_model % config.n_heads === 0, config, "n_heads", `a divisor of d_model=${config.d_model}`);
  check(config.n_heads % config.n_kv_heads === 0, config, "n_kv_heads", `a divisor of n_heads=${config.n_heads}`);
  for (const name of ["qk_norm", "unembed_bias"]) check(!config[name], config, name, "false in a page");
  check((config.n_experts ?? 1) === 1, config, "n_experts", "1 in a page");
  return config;
}

function check(holds, config, name, needs) {
  if (!holds) throw new Error(`The model's configuration has ${name}=${config?.[name]}, but it must be ${needs}: pack the model again with lmkit.shelf.packing.`);
}
