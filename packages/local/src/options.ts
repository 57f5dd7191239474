/** The flags of `npm start`. */
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

export interface Options {
  /** 0 takes any free one. */
  readonly httpPort: number;
  readonly pgPort: number;
  /** An absolute path. */
  readonly dataDir: string;
  readonly fresh: boolean;
  readonly format: "text" | "json";
  /** Which backend remembers: the embedded one, or DynamoDB as AWS has it, in an emulator. */
  readonly store: "sqlite" | "dynamodb";
}

/** What is wrong with the command line, in words. */
export class OptionError extends Error {}

export const usage =
  "npm start -- [--http-port 3080] [--pg-port 5440] [--data-dir .postern] [--fresh] [--format=text|json] [--store=sqlite|dynamodb]";

/** The checkout's, wherever one stands: the CLI looks for it there as well. */
export const defaultDataDir = fileURLToPath(new URL("../../../.postern", import.meta.url));

/** @param folder what a relative path means: where the person stood, whom npm has moved. @throws OptionError */
export function parseOptions(argv: readonly string[], folder: string): Options {
  const values = parse(argv);
  const httpPort = parsePort("--http-port", values["http-port"]);
  const pgPort = parsePort("--pg-port", values["pg-port"]);
  if (httpPort === pgPort && httpPort !== 0)
    throw new OptionError(`--http-port and --pg-port: expected two ports, not ${httpPort} twice`);
  return {
    httpPort,
    pgPort,
    dataDir: parseFolder("--data-dir", values["data-dir"], folder),
    fresh: values.fresh,
    format: oneOf("--format", values.format, ["text", "json"]),
    store: oneOf("--store", values.store, ["sqlite", "dynamodb"]),
  };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        "http-port": { type: "string", default: "3080" },
        "pg-port": { type: "string", default: "5440" },
        "data-dir": { type: "string", default: defaultDataDir },
        fresh: { type: "boolean", default: false },
        format: { type: "string", default: "text" },
        store: { type: "string", default: "sqlite" },
      },
    }).values;
  } catch (error) {
    throw new OptionError(error instanceof Error ? error.message : String(error));
  }
}

function parsePort(flag: string, text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port;
  throw new OptionError(`${flag}: expected a number from 0 to 65535, not ${text}`);
}

function parseFolder(flag: string, text: string, folder: string): string {
  if (text !== "") return resolve(folder, text);
  throw new OptionError(`${flag}: expected a path`);
}

function oneOf<const T extends string>(flag: string, text: string, choices: readonly T[]): T {
  const choice = choices.find((each) => each === text);
  if (choice !== undefined) return choice;
  throw new OptionError(`${flag}: expected ${choices.join(" or ")}, not ${text}`);
}
