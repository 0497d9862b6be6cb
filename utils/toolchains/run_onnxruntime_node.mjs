// ONNX Runtime in Node.js: the parts of a folder one after another.

import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

// Found from the folder that this is run in, which holds node_modules.
const { InferenceSession, Tensor } = createRequire(join(process.cwd(), "x"))("onnxruntime-node");

// Files of 32-bit floats in NumPy's format 1.0: a line of text, then the numbers.
function load(file) {
  const bytes = readFileSync(file);
  const start = 10 + bytes.readUInt16LE(8);
  const header = bytes.toString("latin1", 10, start);
  if (!header.includes("'<f4'") || !header.includes("False"))
    throw new Error(`${file}: ${header}`);
  const shape = /\(([^)]*)\)/.exec(header)[1].split(",").filter((s) => s.trim()).map(Number);
  const copy = Uint8Array.prototype.slice.call(bytes, start); // at an address for floats
  return new Tensor("float32", new Float32Array(copy.buffer), shape);
}

function save(file, tensor) {
  const shape = tensor.dims.map((dim) => `${dim},`).join(" ");
  const text = `{'descr': '<f4', 'fortran_order': False, 'shape': (${shape})}`;
  const line = text.padEnd(Math.ceil((text.length + 11) / 64) * 64 - 11) + "\n";
  const head = Buffer.from("\x93NUMPY\x01\x00\x00\x00" + line, "latin1");
  head.writeUInt16LE(line.length, 8);
  const { buffer, byteOffset, byteLength } = tensor.data;
  writeFileSync(file, Buffer.concat([head, new Uint8Array(buffer, byteOffset, byteLength)]));
}

const [folder, work] = process.argv.slice(2);
const tensors = {};
for (const file of readdirSync(join(folder, "inputs")))
  tensors[decodeURIComponent(file.replace(/\.npy$/, ""))] = load(join(folder, "inputs", file));

for (const stage of JSON.parse(readFileSync(join(folder, "plan.json"))).stages) {
  const session = await InferenceSession.create(join(folder, stage.file));
  const feeds = Object.fromEntries(stage.inputs.map((name) => [name, tensors[name]]));
  const results = await session.run(feeds, stage.outputs);
  for (const name of stage.outputs) {
    tensors[name] = results[name];
    save(join(work, encodeURIComponent(name) + ".npy"), results[name]);
  }
}
