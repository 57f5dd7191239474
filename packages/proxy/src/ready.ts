/** Tells whoever started the service what it serves, and what it may not. */
import type { ServiceConfig } from "@postern/core/config/service-config";
import { printable } from "@postern/core/resource/printable";
import type { Proxy } from "./proxy.ts";

/** One line on stdout; in text, what is refused besides, on stderr. */
export function announce(
  { port, refused }: Proxy,
  { listen_addr, public_addr, databases }: ServiceConfig["db_service"],
  isJson: boolean,
): void {
  const listen = listen_addr.replace(/:\d+$/, `:${port}`);
  const serves = databases.map(({ name }) => name).filter((name) => !isRefused(name, refused));
  if (isJson) {
    process.stdout.write(
      `${JSON.stringify({ ready: true, listen, public_addr, databases: serves, refused })}\n`,
    );
    return;
  }
  for (const { database, reason } of refused) {
    process.stderr.write(`refused: ${printable(database)} is not served here: ${printable(reason)}\n`);
  }
  const what = serves.length === 0 ? "no database" : serves.join(", ");
  process.stdout.write(`ready: serving ${what} at ${public_addr} (listening on ${listen})\n`);
}

function isRefused(name: string, refused: Proxy["refused"]): boolean {
  return refused.some(({ database }) => database === name);
}
