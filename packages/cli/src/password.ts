/** Where a password comes from: POSTERN_PASSWORD, standard input, or a prompt on a terminal. Never from a flag. */
import { isCancel, password as prompt } from "@clack/prompts";
import { ExitError, UsageError } from "./failure.ts";

const limit = 4096;

export async function readPassword(message: string, options: { passwordStdin?: boolean }): Promise<string> {
  if (options.passwordStdin) return readFirstLine();
  const fromEnvironment = process.env["POSTERN_PASSWORD"];
  if (fromEnvironment !== undefined) return fromEnvironment;
  if (!process.stdin.isTTY) throw new UsageError("no terminal to ask for the password: use --password-stdin");
  const answer = await prompt({ message, output: process.stderr });
  if (isCancel(answer)) throw new ExitError(1);
  return answer;
}

async function readFirstLine(): Promise<string> {
  let text = "";
  for await (const chunk of process.stdin.setEncoding("utf8")) {
    text += chunk;
    if (text.includes("\n") || text.length > limit) break;
  }
  return text.split(/\r?\n/, 1)[0] ?? "";
}

/** All of standard input, for `create`; refuses what no resource file comes near. */
export async function readStdin(maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBytes) throw new UsageError(`standard input holds more than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
