/** What AWS refused us, in the function's own log. */
import type { CloudReport } from "@postern/control/health/cloud-problem";

export const reportCloud: CloudReport = (decisionId, { code, message, data }) =>
  console.error("cloud problem", { decision_id: decisionId, code, message, hint: data.hint });
