import { createServer } from "node:http";

/** Answers a load balancer's health checks: 200 while new sessions are taken. Holds nothing else. */
export function serveHealth(port: number, isHealthy: () => boolean): { close(): void } {
  const server = createServer((request, response) => {
    const isKnown = request.method === "GET" && request.url === "/healthz";
    response.writeHead(isKnown ? (isHealthy() ? 200 : 503) : 404).end();
  });
  server.listen(port);
  return { close: () => server.close() };
}
