/**
 * Streaming JSON parsers from npm on the same valid bytes, and JSON.parse, which takes them whole. They build the same
 * values; what they lack is QEMU's dialect, exact integers and limits, so this tells an order of magnitude.
 */
import { JSONParser } from "@streamparser/json";
import clarinet from "clarinet";
import JsonParse from "jsonparse";
import { getManyValues, isMany } from "stream-chain/defs.js";
import Assembler from "stream-json/assembler.js";
import { jsonParser } from "stream-json/parser.js";
import { Inbox, TEXT } from "../src/wire/inbox.ts";
import { parseText } from "../src/wire/parser.ts";
import { type Budget, expectSame, measure } from "./measure.ts";
import { open } from "./streams.ts";

const chunkBytes = 64 * 1024;

/** Reads a list of requests, or one request; answers how many there are. */
type Count = (bytes: Uint8Array) => number;

const contenders: readonly [string, Count][] = [
  ["guestwire", countOurs],
  ["JSON.parse (whole)", (bytes) => lengthOf(JSON.parse(Buffer.from(bytes).toString("latin1")))],
  ["@streamparser/json", countStreamparser],
  ["stream-json", countStreamJson],
  ["jsonparse", countJsonparse],
  ["clarinet (events only)", countClarinet],
];

export async function benchParsers(budget: Budget): Promise<void> {
  const { sizeBytes } = budget;
  const count = Math.floor(sizeBytes / (open.length + 1));
  const list = Buffer.from(`[${Array<string>(count).fill(open).join()}]`);
  const long = Buffer.from(`{"execute":"x","data":"${"QUJD".repeat(sizeBytes >> 2)}"}`);
  for (const [name, contender] of contenders) {
    expectSame(`${name}, list of requests`, contender(list), count);
    expectSame(`${name}, long string`, contender(long), 1);
  }
  const tasks = (bytes: Uint8Array) =>
    contenders.map(([name, contender]) => ({
      name,
      bytes: bytes.length,
      run: () => contender(bytes),
    }));
  await measure(
    `Streaming JSON parsers, a list of ${count} requests in pieces of ${chunkBytes}`,
    tasks(list),
    budget,
  );
  await measure(
    `Streaming JSON parsers, a string of ${sizeBytes} bytes in pieces of ${chunkBytes}`,
    tasks(long),
    budget,
  );
}

function* chunks(bytes: Uint8Array): Generator<Uint8Array> {
  for (let from = 0; from < bytes.length; from += chunkBytes) {
    yield bytes.subarray(from, from + chunkBytes);
  }
}

function lengthOf(value: unknown): number {
  return Array.isArray(value) ? value.length : 1;
}

function countOurs(bytes: Uint8Array): number {
  const inbox = new Inbox();
  let count = 0;
  for (const chunk of chunks(bytes)) {
    inbox.push(chunk);
    while (inbox.next() === TEXT) count += lengthOf(parseText(inbox.text));
  }
  return count;
}

function countStreamparser(bytes: Uint8Array): number {
  const parser = new JSONParser({ paths: ["$"] });
  let count = 0;
  parser.onValue = ({ value }) => {
    count += lengthOf(value);
  };
  for (const chunk of chunks(bytes)) parser.write(chunk);
  return count;
}

function countStreamJson(bytes: Uint8Array): number {
  const parse = jsonParser();
  const assembler = new Assembler();
  const decoder = new TextDecoder();
  for (const chunk of chunks(bytes)) {
    const tokens = parse(decoder.decode(chunk, { stream: true }));
    if (isMany(tokens)) for (const token of getManyValues(tokens)) assembler.consume(token);
  }
  return lengthOf(assembler.current);
}

function countJsonparse(bytes: Uint8Array): number {
  const parser = new JsonParse();
  let count = 0;
  parser.onValue = (value) => {
    if (parser.stack.length === 0) count += lengthOf(value);
  };
  for (const chunk of chunks(bytes)) parser.write(Buffer.from(chunk));
  return count;
}

/** It makes no values: every request has the key `execute` once, and no other object begins with it. */
function countClarinet(bytes: Uint8Array): number {
  // It takes 64 KiB for too long a string.
  clarinet.MAX_BUFFER_LENGTH = Number.POSITIVE_INFINITY;
  const parser = clarinet.parser();
  let count = 0;
  parser.onopenobject = (key) => {
    if (key === "execute") count++;
  };
  for (const chunk of chunks(bytes)) parser.write(Buffer.from(chunk).toString("latin1"));
  parser.close();
  return count;
}
