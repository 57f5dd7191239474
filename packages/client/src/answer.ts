/** What the control plane, or whatever answers in its place, sent: bounded and checked. */
import { Problem } from "@postern/core/api/read";
import { Fault, faultCodes } from "@postern/core/fault";

/** A Lambda function's answer ends at 6 MB. */
const maxBytes = 8 * 1024 * 1024;

/** Throws Fault `service.unavailable` for what isn't JSON, has no end, or breaks off. */
export async function readJson(response: Response): Promise<unknown> {
  try {
    return JSON.parse(await readText(response));
  } catch (error) {
    throw new Fault("service.unavailable", notPostern(response), {}, error);
  }
}

async function readText(response: Response): Promise<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let text = "";
  let bytes = 0;
  // Not every browser iterates over streams.
  const reader = response.body?.getReader();
  for (let read = await reader?.read(); read?.value !== undefined; read = await reader?.read()) {
    bytes += read.value.byteLength;
    if (bytes > maxBytes) {
      await reader?.cancel();
      throw new Error(`more than ${maxBytes} bytes`);
    }
    text += decoder.decode(read.value, { stream: true });
  }
  return text + decoder.decode();
}

/** The fault that the server told of, under its code; `service.unavailable` where somebody else answered. */
export function faultFrom(response: Response, answer: unknown): Fault {
  const problem = Problem.safeParse(answer);
  if (!problem.success) return new Fault("service.unavailable", notPostern(response));
  const { code, detail, hint, decision_id, issues } = problem.data;
  const known = faultCodes.find((each) => each === code) ?? "internal";
  return new Fault(known, detail, { hint, decision_id, issues });
}

function notPostern({ url, status }: Response): string {
  return `${new URL(url).origin} doesn't answer as Postern does (HTTP ${status})`;
}
