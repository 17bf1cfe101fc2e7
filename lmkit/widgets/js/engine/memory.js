/** One row of 32-bit floats for weights and buffers: the kernel in WebAssembly sees one memory only. An address is a
 * place in that row. Address 0 is given to nobody: it says "none".
 */

const PAGE = 65536; // bytes; WebAssembly grows by these
const STEP = 4; // floats, or 16 bytes: what one SIMD instruction reads

export class Memory {
  #next = STEP;

  /** @param {WebAssembly.Memory | null} wasm null where there is no WebAssembly */
  constructor(wasm = null) {
    this.wasm = wasm;
    /** All of it. Growing makes another one, so ask for it anew after each `allocate`. */
    this.floats = new Float32Array(wasm ? wasm.buffer : PAGE / 4);
  }

  /** @param {number} n @returns {number} the address of n zeros */
  allocate(n) {
    const at = this.#next;
    this.#next += Math.ceil(n / STEP) * STEP;
    if (this.#next > this.floats.length) this.#grow(this.#next);
    return at;
  }

  /** @param {number} floats how many must find room */
  #grow(floats) {
    if (this.wasm) {
      this.wasm.grow(Math.ceil((floats - this.floats.length) / (PAGE / 4)));
      this.floats = new Float32Array(this.wasm.buffer);
      return;
    }
    const larger = new Float32Array(Math.max(floats, 2 * this.floats.length)); // doubling: a copy is slow
    larger.set(this.floats);
    this.floats = larger;
  }
}
