/** Keeps zod from trying whether it may make code of text: our pages may not, and browsers report each try. */
import { config } from "zod";

config({ jitless: true });
