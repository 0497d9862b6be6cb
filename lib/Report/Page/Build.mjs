// Bundles the page and the drawing program:
//
//   NODE_PATH=node_modules node Build.mjs OUT
//
// writes OUT/page.js and OUT/page.css, which the program embeds, and OUT/draw.mjs,
// which node runs. The page lists the packages in it with their licences.

import { mkdirSync, readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, sep } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const modules = process.env.NODE_PATH;
const out = process.argv[2];
if (!modules || !out) {
  console.error("usage: NODE_PATH=node_modules node Build.mjs OUT");
  process.exit(1);
}
// Imports of modules do not look at NODE_PATH.
const { build } = createRequire(join(modules, "x"))("esbuild");

const shared = {
  bundle: true,
  nodePaths: [modules],
  jsx: "automatic",
  jsxImportSource: "preact",
  legalComments: "none",
  metafile: true,
  logLevel: "warning",
};
const page = {
  ...shared,
  entryPoints: [join(here, "Main.jsx")],
  minify: true,
  outfile: join(out, "page.js"),
};

/** The folder of the package that a bundled file is of; empty for our own. */
function packageOf(file) {
  const parts = file.split(/[\\/]/);
  const at = parts.lastIndexOf("node_modules");
  if (at < 0) return "";
  const isScoped = parts[at + 1].startsWith("@");
  return parts.slice(at + 1, at + (isScoped ? 3 : 2)).join(sep);
}

/** Name, version and licence of a package, and the licence's text. */
function licenceOf(name) {
  const folder = join(modules, name);
  const { version, license } = JSON.parse(
    readFileSync(join(folder, "package.json"), "utf8"),
  );
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  if (!file) throw new Error(`${name} has no file with its licence`);
  const text = readFileSync(join(folder, file), "utf8").trim();
  return { name: name.replaceAll(sep, "/"), version, licence: license, text };
}

/** Puts the list in the place of Licences.js. */
const withLicences = (licences) => ({
  name: "licences",
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]Licences\.js$/ }, () => ({
      contents: `export const licences = ${JSON.stringify(licences)};`,
    }));
  },
});

mkdirSync(out, { recursive: true });
// Once to see what is in it, and once more with the list of that.
const { metafile } = await build({ ...page, write: false });
const used = new Set(Object.keys(metafile.inputs).map(packageOf));
used.delete("");
await build({
  ...page,
  plugins: [withLicences([...used].sort().map(licenceOf))],
});
for (const file of ["page.js", "page.css"])
  if (/<\/(script|style)|<!--/i.test(readFileSync(join(out, file), "utf8")))
    throw new Error(`${file} has what would end it inside of a page`);
await build({
  ...shared,
  entryPoints: [join(here, "Draw.jsx")],
  platform: "node",
  format: "esm",
  loader: { ".css": "text" },
  outfile: join(out, "draw.mjs"),
});
