/** The kernel in AssemblyScript: what javascript.js does, four numbers at a time. `npm run kernel` compiles it.
 *
 * Each number goes through the same steps in the same order as there, so both give the same bits. Addresses and strides
 * are in bytes here. A bias of 0 is none.
 */

// --- Products of matrices. A tile of sums stays in registers while the inputs pass by. ---

/** y = x W + bias: four rows at a time, then one by one. Columns lie in strips of 16, `strip` bytes apart. */
export function linear(
  x: usize, xStride: usize, weights: usize, stride: usize, strip: usize, bias: usize, y: usize, yStride: usize,
  rows: i32, inputs: i32, outputs: i32,
): void {
  const width = <usize>inputs << 2;
  const end = <usize>outputs << 2;
  let row = 0;
  for (; row + 4 <= rows; row += 4) {
    let column: usize = 0;
    for (; column + 32 <= end; column += 32) fourByEight(x, xStride, width, weights + offset(column, strip), stride, biasAt(bias, column), y + column, yStride);
    for (let i: usize = 0; i < 4; i++) oneRow(x + i * xStride, width, weights, stride, strip, bias, y + i * yStride, column, end);
    x += 4 * xStride;
    y += 4 * yStride;
  }
  for (; row < rows; row++) {
    let column: usize = 0;
    for (; column + 64 <= end; column += 64) oneBySixteen(x, width, weights + offset(column, strip), stride, biasAt(bias, column), y + column);
    oneRow(x, width, weights, stride, strip, bias, y, column, end);
    x += xStride;
    y += yStride;
  }
}

/** Where a column begins, in bytes. */
@inline function offset(column: usize, strip: usize): usize {
  return (column >> 6) * strip + (column & 63);
}

@inline function biasAt(bias: usize, column: usize): usize {
  return bias ? bias + column : 0;
}

@inline function biasOr0(bias: usize, offset: usize): v128 {
  return bias ? v128.load(bias + offset) : f32x4.splat(0);
}

@inline function addProduct(sum: v128, x: v128, y: v128): v128 {
  return f32x4.add(sum, f32x4.mul(x, y));
}

function fourByEight(x: usize, xStride: usize, width: usize, weights: usize, stride: usize, bias: usize, y: usize, yStride: usize): void {
  const x1 = x + xStride, x2 = x1 + xStride, x3 = x2 + xStride;
  const left = biasOr0(bias, 0), right = biasOr0(bias, 16);
  let a0 = left, b0 = left, c0 = left, d0 = left;
  let a1 = right, b1 = right, c1 = right, d1 = right;
  for (let at: usize = 0; at < width; at += 4) {
    const w0 = v128.load(weights), w1 = v128.load(weights, 16);
    weights += stride;
    let value = v128.load32_splat(x + at);
    a0 = addProduct(a0, value, w0), a1 = addProduct(a1, value, w1);
    value = v128.load32_splat(x1 + at);
    b0 = addProduct(b0, value, w0), b1 = addProduct(b1, value, w1);
    value = v128.load32_splat(x2 + at);
    c0 = addProduct(c0, value, w0), c1 = addProduct(c1, value, w1);
    value = v128.load32_splat(x3 + at);
    d0 = addProduct(d0, value, w0), d1 = addProduct(d1, value, w1);
  }
  v128.store(y, a0), v128.store(y, a1, 16);
  v128.store(y += yStride, b0), v128.store(y, b1, 16);
  v128.store(y += yStride, c0), v128.store(y, c1, 16);
  v128.store(y += yStride, d0), v128.store(y, d1, 16);
}

function oneBySixteen(x: usize, width: usize, weights: usize, stride: usize, bias: usize, y: usize): void {
  let a = biasOr0(bias, 0), b = biasOr0(bias, 16), c = biasOr0(bias, 32), d = biasOr0(bias, 48);
  for (const end = x + width; x < end; x += 4) {
    const value = v128.load32_splat(x);
    a = addProduct(a, value, v128.load(weights));
    b = addProduct(b, value, v128.load(weights, 16));
    c = addProduct(c, value, v128.load(weights, 32));
    d = addProduct(d, value, v128.load(weights, 48));
    weights += stride;
  }
  v128.store(y, a), v128.store(y, b, 16), v128.store(y, c, 32), v128.store(y, d, 48);
}

/** What the tiles leave of a row: four columns at a time, then one by one. */
function oneRow(x: usize, width: usize, weights: usize, stride: usize, strip: usize, bias: usize, y: usize, column: usize, end: usize): void {
  for (; column + 16 <= end; column += 16) {
    let sum = biasOr0(biasAt(bias, column), 0);
    let w = weights + offset(column, strip);
    for (let at: usize = 0; at < width; at += 4, w += stride) sum = addProduct(sum, v128.load32_splat(x + at), v128.load(w));
    v128.store(y + column, sum);
  }
  for (; column < end; column += 4) {
    let sum: f32 = bias ? load<f32>(bias + column) : 0;
    let w = weights + offset(column, strip);
    for (let at: usize = 0; at < width; at += 4, w += stride) sum += load<f32>(x + at) * load<f32>(w);
    store<f32>(y + column, sum);
  }
}

// --- Exponentials: exp.js says how. ---

@inline function timesPlus(x: v128, y: v128, more: f32): v128 {
  return f32x4.add(f32x4.mul(x, y), f32x4.splat(more));
}

function exp(x: v128): v128 {
  const within = f32x4.min(f32x4.max(x, f32x4.splat(-87)), f32x4.splat(88));
  const shifted = f32x4.add(f32x4.mul(within, f32x4.splat(1.4426950408889634)), f32x4.splat(12582912));
  const n = f32x4.sub(shifted, f32x4.splat(12582912));
  const high = f32x4.sub(within, f32x4.mul(n, f32x4.splat(0.693359375)));
  const r = f32x4.sub(high, f32x4.mul(n, f32x4.splat(-2.12194440054690583e-4)));
  let sum = f32x4.splat(1.0 / 5040);
  sum = timesPlus(sum, r, 1.0 / 720);
  sum = timesPlus(sum, r, 1.0 / 120);
  sum = timesPlus(sum, r, 1.0 / 24);
  sum = timesPlus(sum, r, 1.0 / 6);
  sum = timesPlus(sum, r, 1.0 / 2);
  sum = timesPlus(sum, r, 1);
  sum = timesPlus(sum, r, 1);
  const power = i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(n), i32x4.splat(127)), 23);
  return v128.andnot(f32x4.mul(sum, power), f32x4.lt(x, f32x4.splat(-87)));
}

@inline function sigmoid(x: v128): v128 {
  const one = f32x4.splat(1);
  return f32x4.div(one, f32x4.add(one, exp(f32x4.neg(x))));
}

@inline function normal(x: v128): v128 {
  const one = f32x4.splat(1);
  const z = f32x4.mul(f32x4.abs(x), f32x4.splat(0.7071067811865476));
  const t = f32x4.div(one, timesPlus(z, f32x4.splat(0.5), 1));
  let fit = f32x4.splat(0.14493021);
  fit = timesPlus(fit, t, -0.68082718);
  fit = timesPlus(fit, t, 1.15673376);
  fit = timesPlus(fit, t, -0.69625190);
  fit = timesPlus(fit, t, -0.08028043);
  fit = timesPlus(fit, t, 0.00126759);
  fit = timesPlus(fit, t, 0.03460280);
  fit = timesPlus(fit, t, 0.38664041);
  fit = timesPlus(fit, t, 0.99863278);
  fit = timesPlus(fit, t, -1.26544800);
  const tail = f32x4.mul(f32x4.mul(t, f32x4.splat(0.5)), exp(f32x4.sub(fit, f32x4.mul(z, z))));
  return v128.bitselect(tail, f32x4.sub(one, tail), f32x4.lt(x, f32x4.splat(0)));
}

// --- Softmax. ---

/** Weights from scores, row by row; what may not be seen becomes 0. Each row has room for whole vectors. */
export function softmax(scores: usize, stride: usize, rows: i32, width: i32, seen: i32, step: i32, scale: f32): void {
  for (let row = 0; row < rows; row++) {
    const end = scores + (<usize>(seen + step * row) << 2);
    memory.fill(end, 0, scores + (<usize>width << 2) - end);
    softmaxRow(scores, end, scale);
    scores += stride;
  }
}

/** Lane i of the sum adds the numbers i, i + 4, ... of the row. The last vector is filled up with what becomes 0. */
function softmaxRow(start: usize, end: usize, scale: f32): void {
  const whole = start + ((end - start + 15) & ~15);
  for (; end < whole; end += 4) store<f32>(end, -f32.MAX_VALUE);
  const most = f32x4.splat(greatest(start, whole));
  let sums = f32x4.splat(0);
  for (let at = start; at < whole; at += 16) {
    const power = exp(f32x4.mul(f32x4.sub(v128.load(at), most), f32x4.splat(scale)));
    v128.store(at, power);
    sums = f32x4.add(sums, power);
  }
  const left = f32x4.extract_lane(sums, 0) + f32x4.extract_lane(sums, 1);
  const right = f32x4.extract_lane(sums, 2) + f32x4.extract_lane(sums, 3);
  const share = f32x4.splat(<f32>1 / (left + right));
  for (let at = start; at < whole; at += 16) v128.store(at, f32x4.mul(v128.load(at), share));
}

function greatest(start: usize, whole: usize): f32 {
  let most = v128.load(start);
  for (; start < whole; start += 16) most = f32x4.max(most, v128.load(start));
  const left = max(f32x4.extract_lane(most, 0), f32x4.extract_lane(most, 1));
  return max(left, max(f32x4.extract_lane(most, 2), f32x4.extract_lane(most, 3)));
}

// --- Number by number. ---

const RELU = 0, GELU = 1, GELU_TANH = 2, SILU = 3;

@inline function changed(how: i32, x: v128): v128 {
  if (how == RELU) return f32x4.max(x, f32x4.splat(0));
  if (how == GELU) return f32x4.mul(x, normal(x));
  if (how == SILU) return f32x4.mul(x, sigmoid(x));
  const cube = f32x4.mul(f32x4.mul(x, x), x);
  const gate = f32x4.add(x, f32x4.mul(f32x4.splat(0.044715), cube));
  return f32x4.mul(x, sigmoid(f32x4.mul(f32x4.splat(1.5957691216057308), gate)));
}

@inline function change(how: i32, x: usize, n: i32): void {
  const end = x + (<usize>n << 2);
  for (; x + 16 <= end; x += 16) v128.store(x, changed(how, v128.load(x)));
  for (; x < end; x += 4) v128.store_lane<f32>(x, changed(how, v128.load32_zero(x)), 0);
}

export function relu(x: usize, n: i32): void {
  change(RELU, x, n);
}

export function gelu(x: usize, n: i32): void {
  change(GELU, x, n);
}

export function gelu_tanh(x: usize, n: i32): void {
  change(GELU_TANH, x, n);
}

export function silu(x: usize, n: i32): void {
  change(SILU, x, n);
}

/** x += y */
export function add(x: usize, y: usize, n: i32): void {
  const end = x + (<usize>n << 2);
  for (; x + 16 <= end; x += 16, y += 16) v128.store(x, f32x4.add(v128.load(x), v128.load(y)));
  for (; x < end; x += 4, y += 4) store<f32>(x, load<f32>(x) + load<f32>(y));
}

/** x *= y */
export function multiply(x: usize, y: usize, n: i32): void {
  const end = x + (<usize>n << 2);
  for (; x + 16 <= end; x += 16, y += 16) v128.store(x, f32x4.mul(v128.load(x), v128.load(y)));
  for (; x < end; x += 4, y += 4) store<f32>(x, load<f32>(x) * load<f32>(y));
}
