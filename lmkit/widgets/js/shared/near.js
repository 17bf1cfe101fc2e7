/** Calls once, as soon as an element is in sight or nearly so: what costs much waits until a reader comes by.
 * @param {Element} element @param {() => void} start @param {AbortSignal} signal
 */
export function whenNear(element, start, signal) {
  const observer = new IntersectionObserver((entries) => {
    if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
    observer.disconnect();
    start();
  }, { rootMargin: "300px" });
  observer.observe(element);
  signal.addEventListener("abort", () => observer.disconnect());
}
