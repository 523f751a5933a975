// Bundles the page into dist/. With --check, it fails if dist/ is not what the sources give.
import { readFile, writeFile } from "node:fs/promises";
import { build } from "esbuild";

const isCheck = process.argv.includes("--check");

const { outputFiles } = await build({
  entryPoints: { app: "src/main.tsx", style: "src/style/app.css" },
  outdir: "dist",
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  jsx: "automatic",
  jsxImportSource: "preact",
  legalComments: "none",
  charset: "utf8",
  write: false,
});

const files = new Map(outputFiles.map((file) => [file.path.split("/").at(-1), file.text]));
const outputs = {
  "app.js": files.get("app.js"),
  "app.css": files.get("style.css"),
  "index.html": await readFile("src/index.html", "utf8"),
};

let stale = 0;
for (const [name, text] of Object.entries(outputs)) {
  const path = `dist/${name}`;
  if (!isCheck) {
    await writeFile(path, text);
  } else if ((await readFile(path, "utf8").catch(() => "")) !== text) {
    console.error(`functions/query/ui/${path} is not what the sources give: run make page, and commit it`);
    stale += 1;
  }
}
process.exit(stale === 0 ? 0 : 1);
