import { COPY_TAG } from "../copy-data.ts";

/** Tags of the messages that a frontend sends (manual, "Message Formats"). */
export const FRONTEND_TAG = {
  ...COPY_TAG,
  Bind: 0x42 /* B */,
  Close: 0x43 /* C */,
  CopyFail: 0x66 /* f */,
  Describe: 0x44 /* D */,
  Execute: 0x45 /* E */,
  Flush: 0x48 /* H */,
  FunctionCall: 0x46 /* F */,
  Parse: 0x50 /* P */,
  /** PasswordMessage, SASLInitialResponse, SASLResponse, GSSResponse: the request before it says which. */
  PasswordMessage: 0x70 /* p */,
  Query: 0x51 /* Q */,
  Sync: 0x53 /* S */,
  Terminate: 0x58 /* X */,
} as const;
