/** What benchmarks/engine.py times in a page: the engine, and onnxruntime-web where it is there. */
import { loadModel } from "../../lmkit/widgets/js/engine/model.js";

const bytes = new Uint8Array(await (await fetch("/lmkit/shelf/weights/book.safetensors")).arrayBuffer());
const run = loadModel(bytes).start({ capacity: 512 });

/** Reads all tokens anew. @param {number[]} ids @param {number} times */
function forward(ids, times) {
  for (let i = 0; i < times; i++) {
    run.read([]);
    run.read(ids);
  }
  return [...run.logits(ids.length - 1)];
}

/** Writes on greedily, token by token, with the cache. @param {number[]} ids @param {number} count @param {number} times */
function write(ids, count, times) {
  let text;
  for (let i = 0; i < times; i++) {
    text = [...ids];
    run.read([]);
    while (text.length < ids.length + count) {
      run.read(text);
      text.push(greatest(run.logits(text.length - 1)));
    }
  }
  return text;
}

/** Where it stands. @param {Float32Array} numbers */
function greatest(numbers) {
  let best = 0;
  for (let i = 1; i < numbers.length; i++) if (numbers[i] > numbers[best]) best = i;
  return best;
}

/** Makes a session on one thread of the processor. @param {string} folder its files @param {string} model a .onnx file */
async function startOnnx(folder, model) {
  const ort = await import(`${folder}/ort.wasm.min.mjs`);
  ort.env.wasm.numThreads = 1;
  ort.env.wasm.wasmPaths = new URL(`${folder}/`, location.href).href;
  const session = await ort.InferenceSession.create(model, { executionProviders: ["wasm"] });
  window.onnx = async (ids, times) => {
    const tokens = new ort.Tensor("int64", BigInt64Array.from(ids, BigInt), [1, ids.length]);
    let result;
    for (let i = 0; i < times; i++) result = await session.run({ tokens });
    return [...result.logits.data.slice(-result.logits.dims[2])];
  };
}

Object.assign(window, { forward, write, startOnnx });
