// Perfetto's trace processor, asked by lines: node trace_processor.mjs FOLDER TRACE
//
// FOLDER has the build of it that `cargo xtask test` fetches. Each line of the input is a query. What comes back is a line for
// each row, which begins with `=`, its columns apart by tabs, and a line with a dot; after a mistake one that begins with `!`.
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import vm from 'node:vm';

const [folder, trace] = process.argv.slice(2);

// ---- The engine. It is made for the worker of a browser, which is what it finds, with a bridge that is answered at once.
function start() {
  globalThis.self = globalThis;
  globalThis.WorkerGlobalScope ??= function WorkerGlobalScope() {};
  globalThis.location ??= { href: `${pathToFileURL(folder).href}/` };
  globalThis.traceProcessorWasm = new Uint8Array(readFileSync(`${folder}/trace_processor.wasm`));
  console.log = console.warn = () => {};
  let source = readFileSync(`${folder}/engine_bundle.node.js`, 'utf8');
  const construction = 'const wasmBridge = new wasm_bridge_1.WasmBridge();';
  for (const [theirs, ours] of [
    ['this.useMemory64 = hasMemory64Support();', 'this.useMemory64 = false;'],
    ['locateFile: (s) => s,', 'locateFile: (s) => s, wasmBinary: globalThis.traceProcessorWasm,'],
    [construction, `${construction} globalThis.traceProcessorBridge = wasmBridge;`],
  ]) {
    if (!source.includes(theirs)) throw new Error(`another build of the engine: no \`${theirs}\``);
    source = source.replace(theirs, ours);
  }
  vm.runInThisContext(source, { filename: 'engine_bundle.node.js' });
  return globalThis.traceProcessorBridge;
}

const bridge = start();
let answers = [];
const port = { postMessage: (data) => answers.push(data) };
bridge.initialize(port);
while (bridge.reqBufferAddr === 0) await new Promise((waits) => setTimeout(waits, 5));

// ---- Protobuf, as far as the engine is asked in it.
function varint(value) {
  const bytes = [];
  for (let rest = BigInt(value); ; ) {
    const low = Number(rest & 127n);
    rest >>= 7n;
    if (rest === 0n) return Buffer.from([...bytes, low]);
    bytes.push(low | 128);
  }
}
const number = (field, value) => Buffer.concat([varint(field << 3), varint(value)]);
const bytes = (field, content) => Buffer.concat([varint((field << 3) | 2), varint(content.length), content]);

function* varints(message) {
  let value = 0n;
  let shift = 0n;
  for (const byte of message) {
    value |= BigInt(byte & 127) << shift;
    shift += 7n;
    if (byte < 128) {
      yield BigInt.asIntN(64, value);
      value = shift = 0n;
    }
  }
}

/// Number and content of each field.
function* fields(message) {
  let at = 0;
  const next = () => {
    const start = at;
    while (message[at] >= 128) at += 1;
    at += 1;
    return [...varints(message.subarray(start, at))][0];
  };
  const take = (length) => message.subarray(at, (at += length));
  while (at < message.length) {
    const key = Number(next());
    const kind = key & 7;
    yield [key >> 3, kind === 0 ? next() : take(kind === 2 ? Number(next()) : kind === 1 ? 8 : 4)];
  }
}
const all = (message, field) => [...fields(message)].filter(([found]) => found === field).map(([, content]) => content);

// ---- Calls of the engine: what comes back is the parts of its answer.
const APPEND = 1;
const FINALIZE = 2;
const QUERY = 3;
let turn = 0;
function call(method, argument = Buffer.alloc(0)) {
  answers = [];
  const request = Buffer.concat([number(1, turn++), number(2, method), argument]);
  port.onmessage({ data: new Uint8Array(bytes(1, request)) });
  const parts = answers.flatMap((answer) => all(Buffer.from(answer), 1));
  const fatal = parts.flatMap((part) => all(part, 5)).map(String);
  if (fatal.length > 0) throw new Error(fatal.join('; '));
  return parts;
}
const told = (parts, result, error) =>
  parts.flatMap((part) => all(part, result)).flatMap((found) => all(found, error)).map(String).filter(Boolean);

function load(content) {
  const AT_ONCE = 32 << 20;
  for (let at = 0; at < content.length; at += AT_ONCE) {
    const errors = told(call(APPEND, bytes(101, content.subarray(at, at + AT_ONCE))), 201, 2);
    if (errors.length > 0) throw new Error(`it cannot be parsed: ${errors.join('; ')}`);
  }
  const errors = told(call(FINALIZE), 212, 1);
  if (errors.length > 0) throw new Error(`it is not complete: ${errors.join('; ')}`);
}

/// The rows of an answer, as texts.
function rows(parts) {
  const results = parts.flatMap((part) => all(part, 203));
  const columns = results.flatMap((result) => all(result, 1)).length;
  const cells = results.flatMap((result) => all(result, 3)).flatMap(cellsOf);
  return columns === 0 ? [] : Array.from({ length: cells.length / columns }, (_, row) =>
    cells.slice(row * columns, (row + 1) * columns));
}

function cellsOf(batch) {
  const packed = (field) => Buffer.concat(all(batch, field));
  const integers = all(batch, 2).flatMap((part) => [...varints(part)]);
  const floats = packed(3);
  const texts = all(batch, 5).flatMap((part) => part.toString().split('\0'));
  const take = [
    () => { throw new Error('a cell of no kind'); },
    () => '',
    () => integers.shift(),
    () => { throw new Error('a float is read below'); },
    () => texts.shift(),
    () => '(bytes)',
  ];
  let float = 0;
  return [...packed(1)].map((kind) => (kind === 3 ? floats.readDoubleLE(8 * float++) : take[kind]()))
    .map((cell) => String(cell).replaceAll(/[\t\n]/g, ' '));
}

function answer(sql) {
  const parts = call(QUERY, bytes(103, bytes(1, Buffer.from(sql))));
  const errors = told(parts, 203, 2);
  if (errors.length > 0) return [`!${errors.join('; ').replaceAll('\n', ' ')}`];
  return [...rows(parts).map((row) => `=${row.join('\t')}`), '.'];
}

load(readFileSync(trace));
for await (const sql of createInterface({ input: process.stdin })) {
  process.stdout.write(`${answer(sql).join('\n')}\n`);
}
