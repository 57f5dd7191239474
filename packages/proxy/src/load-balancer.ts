import { createServer } from "node:http";

/** Answers a load balancer's health checks until it is closed: as long as new sessions are taken. Tells nothing else. */
export function serveLoadBalancer(port: number): { close(): void } {
  const server = createServer((request, response) => {
    const isKnown = request.method === "GET" && request.url === "/healthz";
    response.writeHead(isKnown ? 200 : 404).end();
  });
  server.listen(port);
  return { close: () => server.close() };
}
