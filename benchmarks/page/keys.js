/** Milliseconds from each key to what stands on the screen after it, in `window.keys`: a message that is sent while a
 * frame is made arrives when the frame is painted. @param {HTMLTextAreaElement} field
 */
export function watch(field) {
  window.keys = [];
  field.addEventListener("input", ({ timeStamp }) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => window.keys.push(performance.now() - timeStamp);
    requestAnimationFrame(() => port2.postMessage(null));
  }, { capture: true });
}
