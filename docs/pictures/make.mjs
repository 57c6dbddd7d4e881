// Makes the pictures of the README anew, from a real demo: terminal.svg and status-page.png.
// usage: node docs/pictures/make.mjs [PENDOSYNC]    the command (default pendosync); needs Chromium.
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const command = process.argv[2] ?? "pendosync";
const chromium = ["chromium", "chromium-browser", "google-chrome"].find((name) => spawnSync(name, ["--version"]).status === 0);
const folder = mkdtempSync(join(tmpdir(), "pendosync-pictures-"));
const started = [];

const type = (...args) => {
  const run = spawnSync(command, args, { cwd: folder, encoding: "utf8" });
  if (run.error) throw run.error;
  return run.stdout;
};
// Starts what goes on running; answers the address that its first line ends with.
const start = (...args) =>
  new Promise((done, fail) => {
    const running = spawn(command, args, { cwd: folder });
    started.push(running);
    running.on("error", fail);
    running.stdout.once("data", (data) => done(data.toString().match(/http:\S+/)[0]));
  });

// A terminal as a picture: one text element a line, in the colours of a dark terminal.
function terminal(lines, columns) {
  const escape = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
  const height = lines.length * 17 + 50;
  const rows = lines.map((line, i) => {
    const kind = line.startsWith("$ ") ? "typed" : /rejected|invalid:/.test(line) ? "bad" : /accepted|completed/.test(line) ? "good" : "plain";
    const text = line.length > columns ? line.slice(0, columns - 1) + "…" : line;
    return `<text x="16" y="${50 + i * 17}" class="${kind}" xml:space="preserve">${escape(text)}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${columns * 7.83 + 32}" height="${height}" role="img" aria-label="pendosync in a terminal">
<style>text{font:13px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}.plain{fill:#c9d1d9}.typed{fill:#fff;font-weight:700}.good{fill:#7ee787}.bad{fill:#ffa657}</style>
<rect width="100%" height="100%" rx="8" fill="#0d1117"/>
<circle cx="20" cy="18" r="6" fill="#ff5f56"/><circle cx="40" cy="18" r="6" fill="#ffbd2e"/><circle cx="60" cy="18" r="6" fill="#27c93f"/>
${rows.join("\n")}
</svg>
`;
}

try {
  type("demo", "--keep", "demo");
  const pendo = await start("simulate", "--port", "0");
  const file = join(folder, "demo", "pendosync.yaml");
  writeFileSync(file, readFileSync(file, "utf8").replaceAll("http://127.0.0.1:4010", pendo));
  const lines = [];
  for (const [args, most] of [
    [["plan", "visitor-profile", "--project", "./demo"], 9],
    [["run", "visitor-profile", "--project", "./demo"], 8],
    [["explain", "visitor-profile", "user-00042", "--project", "./demo"], 9],
  ]) {
    const said = type(...args).trimEnd().split("\n");
    lines.push(`$ pendosync ${args.join(" ")}`, ...said.slice(0, most), ...(said.length > most ? ["…"] : []), "");
  }
  writeFileSync(join(here, "terminal.svg"), terminal(lines.slice(0, -1), 112));
  for (let i = 0; i < 3; i++) type("run", "--project", "./demo");
  const address = await start("serve", "--project", "./demo", "--port", "0");
  await new Promise((done) => setTimeout(done, 3000));
  const picture = join(folder, "page.png");
  spawnSync(chromium, ["--headless", "--no-sandbox", "--hide-scrollbars", "--disable-gpu", "--window-size=1180,900", "--virtual-time-budget=4000",
    `--screenshot=${picture}`, address], { stdio: "ignore" });
  writeFileSync(join(here, "status-page.png"), readFileSync(picture));
} finally {
  for (const running of started) running.kill("SIGINT");
  rmSync(folder, { recursive: true, force: true });
}
