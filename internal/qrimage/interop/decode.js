// Decodes the PNG files listed on standard input, one per line, with the npm package "jsqr", and prints their texts.
// Files that it cannot read are left out.
const fs = require("node:fs");
const { PNG } = require("pngjs");
const jsqr = require("jsqr");

for (const file of fs.readFileSync(0, "utf8").split("\n").filter(Boolean)) {
  const { data, width, height } = PNG.sync.read(fs.readFileSync(file));
  const code = jsqr(new Uint8ClampedArray(data), width, height);
  if (code) {
    console.log(code.data);
  }
}
