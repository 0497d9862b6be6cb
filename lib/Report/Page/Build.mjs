// Bundles the page: node Build.mjs OUT, with NODE_PATH at the packages.
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
const { buildSync } = createRequire(join(process.env.NODE_PATH, "x"))("esbuild");
const here = dirname(fileURLToPath(import.meta.url));
const out = process.argv[2];
buildSync({ entryPoints: [join(here, "Main.jsx")], bundle: true, nodePaths: [process.env.NODE_PATH], minify: true, jsx: "automatic", jsxImportSource: "preact", outfile: join(out, "page.js") });
