/** `node relay.program.ts FROM-HOST:PORT TO-HOST:PORT`: passes TCP connections on, as a route to a database would. */
import { relay } from "./relay.ts";

const [from = "", to = ""] = process.argv.slice(2);
await relay(from, to);
process.stdout.write("ready\n");
