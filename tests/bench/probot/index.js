// A Probot app that counts the deliveries it is given and does nothing else. Probot's own server logs every
// request; this is the faster way to run it that its documentation shows, with logging off.
import { generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";
import { Probot, createNodeMiddleware } from "probot";

const { privateKey } = generateKeyPairSync("rsa", {
  modulusLength: 2048,
  publicKeyEncoding: { type: "spki", format: "pem" },
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
});

let count = 0;
const app = (probot) => {
  probot.on("issues.opened", () => {
    count += 1;
  });
};

const probot = new Probot({ appId: 1, privateKey, secret: process.env.WEBHOOK_SECRET, logLevel: "fatal" });
const middleware = await createNodeMiddleware(app, { probot, webhooksPath: "/webhook" });
const server = createServer((request, response) => {
  if (request.url === "/count") {
    response.end(String(count));
    return;
  }
  middleware(request, response, () => response.writeHead(404).end());
});
server.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}`));
