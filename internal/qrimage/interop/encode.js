// Writes the QR codes listed on standard input, one JSON object per line, with the npm package "qrcode".
const readline = require("node:readline");
const qrcode = require("qrcode");

async function main() {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const { file, payload, version, scale, margin, inverted } = JSON.parse(line);
    await qrcode.toFile(file, [{ data: Buffer.from(payload), mode: "byte" }], {
      version,
      scale,
      margin,
      errorCorrectionLevel: "L",
      color: inverted ? { dark: "#ffffffff", light: "#000000ff" } : {},
    });
  }
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
