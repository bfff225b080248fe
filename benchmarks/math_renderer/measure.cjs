// Time to rendered formulas and bytes loaded, for the sites that variants.py built.
//   NODE_PATH=NODE_MODULES node benchmarks/math_renderer/measure.cjs OUT [RUNS] [PAGE]
// Every run is a new browser profile (cold cache); the variants take turns. Rendered
// means: no formula is left to typeset and every font in use is loaded. CPU: seconds
// that the page's main thread worked until then, which other load on the machine hardly
// changes.
const http = require("http"), fs = require("fs"), path = require("path");
const zlib = require("zlib");
const { chromium } = require("playwright-core");

const [out, runs = "7", page = "chapters/03_bptt.html"] = process.argv.slice(2);
const SITES = ["mathjax", "katex", "built"];
const TYPES = { ".html": "text/html", ".css": "text/css", ".js": "text/javascript",
  ".svg": "image/svg+xml", ".png": "image/png", ".woff2": "font/woff2" };
const FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
  "--no-first-run", "--disable-background-networking", "--disable-component-update",
  "--disable-sync"];
const CONDITIONS = {
  "this machine": { cpu: 1, network: null },
  "slow phone": { cpu: 4, network: { offline: false, latency: 40,
    downloadThroughput: 1.25e6, uploadThroughput: 1.25e6 } },
};

const cache = new Map();
function compressed(file) {
  if (!cache.has(file)) cache.set(file, zlib.gzipSync(fs.readFileSync(file)));
  return cache.get(file);
}

const server = http.createServer((request, response) => {
  const file = path.join(out, decodeURIComponent(request.url.split("?")[0]));
  if (!fs.existsSync(file)) { response.writeHead(404); return response.end(); }
  const type = TYPES[path.extname(file)] || "text/plain";
  response.setHeader("content-type", type);
  if (/woff2|png/.test(type)) return response.end(fs.readFileSync(file));
  response.setHeader("content-encoding", "gzip"); // as every public host does
  response.end(compressed(file));
});

function watch() {
  const typeset = {
    mathjax: () => window.MathJax && MathJax.startup && MathJax.startup.document &&
      document.querySelectorAll(".math mjx-container").length >=
      document.querySelectorAll(".math").length,
    katex: () => document.readyState !== "loading" && window.katex &&
      document.querySelectorAll(".math .katex").length >=
      document.querySelectorAll(".math").length,
    built: () => document.readyState !== "loading",
  }[location.pathname.split("/")[1]];
  // three frames in a row: fonts are asked for only when a formula is laid out
  let frames = 0;
  const look = () => {
    const done = document.body && typeset() && document.body.offsetHeight &&
      document.fonts.status === "loaded";
    frames = done ? frames + 1 : 0;
    if (frames === 3) window.renderedAt = performance.now();
    else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}

async function once(site, condition) {
  const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: FLAGS });
  const tab = await (await browser.newContext()).newPage();
  const session = await tab.context().newCDPSession(tab);
  await session.send("Network.enable");
  await session.send("Performance.enable", { timeDomain: "threadTicks" });
  await session.send("Emulation.setCPUThrottlingRate", { rate: condition.cpu });
  if (condition.network)
    await session.send("Network.emulateNetworkConditions", condition.network);
  let bytes = 0;
  session.on("Network.loadingFinished", (event) => { bytes += event.encodedDataLength; });
  await tab.addInitScript(watch);
  await tab.goto(`http://127.0.0.1:${server.address().port}/${site}/${page}`);
  await tab.waitForFunction(() => window.renderedAt, null, { timeout: 120000 });
  const time = await tab.evaluate(() => window.renderedAt);
  const { metrics } = await session.send("Performance.getMetrics");
  const work = metrics.find((m) => m.name === "TaskDuration").value;
  await tab.waitForLoadState("networkidle");
  await browser.close();
  return { time, bytes, work };
}

const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];

server.listen(0, "127.0.0.1", async () => {
  console.log("| condition | renderer | rendered after, s | range, s | CPU, s | MB loaded |");
  console.log("|---|---|---|---|---|---|");
  for (const [name, condition] of Object.entries(CONDITIONS)) {
    const found = Object.fromEntries(SITES.map((site) => [site, []]));
    for (let run = 0; run < Number(runs); run++)
      for (const site of SITES) found[site].push(await once(site, condition));
    for (const site of SITES) {
      const times = found[site].map((f) => f.time / 1000);
      const range = `${Math.min(...times).toFixed(2)} to ${Math.max(...times).toFixed(2)}`;
      const work = median(found[site].map((f) => f.work));
      const megabytes = median(found[site].map((f) => f.bytes)) / 1e6;
      console.log(`| ${name} | ${site} | ${median(times).toFixed(2)} | ${range} | ` +
        `${work.toFixed(2)} | ${megabytes.toFixed(2)} |`);
    }
  }
  server.close();
});
