import { max, min, round, sqrt } from "./math.js";

/** Colors as numbers. Pure: nothing here touches the page.
 * @typedef {[number, number, number]} Rgb  red, green, blue, 0 to 255
 */

/** @param {string} hex "#rrggbb" @returns {Rgb} */
export function toRgb(hex) {
  const n = parseInt(hex.slice(1), 16);
  return [n >> 16, (n >> 8) & 255, n & 255];
}

/** @param {Rgb} rgb @returns {string} "#rrggbb" */
export function toHex(rgb) {
  return "#" + rgb.map((channel) => round(channel).toString(16).padStart(2, "0")).join("");
}

/** A color as a browser computes it, on black or white where it lets some of that through, as themes have it.
 * @param {string} computed "color(srgb 0.1 0.2 0.3)" or "color(srgb 0.1 0.2 0.3 / 0.5)"; "" where nothing is on the page
 * @param {number} ground 0 or 255 @returns {string} "#rrggbb"
 */
export function opaque(computed, ground) {
  const [red, green, blue, alpha = 1] = computed.match(/-?[\d.]+(e-?\d+)?/g)?.map(Number) ?? [0, 0, 0, 0];
  const rgb = [red, green, blue].map((channel) => 255 * min(1, max(0, channel)));
  return toHex(mix([ground, ground, ground], /** @type {Rgb} */ (rgb), alpha));
}

/** A point on the way from one color to another.
 * @param {Rgb} from @param {Rgb} to @param {number} t 0 to 1 @returns {Rgb}
 */
export function mix(from, to, t) {
  return /** @type {Rgb} */ (from.map((channel, i) => channel + (to[i] - channel) * t));
}

/** The color of a share p: from the page's color to the color of weight, by the square root of p,
 * so that small shares can be told apart. Monotone in lightness.
 * @param {number} p 0 to 1
 * @param {{page: string, weight: string}} colors a palette
 * @returns {string} "#rrggbb"
 */
export function ramp(p, { page, weight }) {
  return toHex(mix(toRgb(page), toRgb(weight), sqrt(min(1, max(0, p)))));
}

/** The ramp for every byte round(255 sqrt(p)), then that of what is below 0, as pixels of an ImageData (little-endian ABGR).
 * @param {{page: string, weight: string, loss: string}} colors
 * @returns {Uint32Array} 512 pixels
 */
export function rampPixels({ page, weight, loss }) {
  return Uint32Array.from({ length: 512 }, (_, level) => {
    const [red, green, blue] = toRgb(ramp(((level % 256) / 255) ** 2, { page, weight: level < 256 ? weight : loss }));
    return (255 << 24) | (blue << 16) | (green << 8) | red;
  });
}

/** Relative luminance (WCAG 2.2). @param {string} hex @returns {number} 0 to 1 */
export function luminance(hex) {
  const [red, green, blue] = toRgb(hex).map((channel) => {
    const c = channel / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** Contrast ratio of two colors (WCAG 2.2). @param {string} a @param {string} b @returns {number} 1 to 21 */
export function contrast(a, b) {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}

/** A text color with at least 4.5:1 on this background: the palette's own where it will do, else black or white.
 * @param {string} background
 * @param {{ink: string, page: string}} colors
 * @returns {string}
 */
export function readableOn(background, { ink, page }) {
  const own = [ink, page].find((color) => contrast(color, background) >= 4.5);
  return own ?? (contrast("#000000", background) >= contrast("#ffffff", background) ? "#000000" : "#ffffff");
}
