/** The console as a deployment has it. Needs nothing of AWS, so that tests can ask for it without evaluating anything. */
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { buildConsole } from "@postern/web/build";

/** Puts it beside the bundle of the function that serves it. @param folder what becomes the function */
export async function writeConsole(folder: string): Promise<void> {
  await writeFile(path.join(folder, "console.json"), JSON.stringify(await buildConsole()));
}
