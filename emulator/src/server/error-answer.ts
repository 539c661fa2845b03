import type { Answer } from "../protocol/answer.ts";
import type { StorageError } from "../protocol/errors.ts";
import { element, renderXml } from "../protocol/xml.ts";

/** What a refused request is answered with. */
export function errorAnswer(error: StorageError, { requestId, time }: { readonly requestId: string; readonly time: string }): Answer {
  const { status, code, message, details, headers } = error;
  const text = `${message}\nRequestId:${requestId}\nTime:${time}`;
  const more = Object.entries(details).map(([name, value]) => element(name, xmlSafe(value)));
  const body = renderXml(element("Error", [element("Code", code), element("Message", text), ...more]));
  const lowered = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  return { status, headers: { ...lowered, "x-ms-error-code": code, "content-type": "application/xml" }, body };
}

/** Values come from requests, which may hold anything. */
function xmlSafe(text: string): string {
  // oxlint-disable-next-line no-control-regex -- these are the characters that XML 1.0 has no way to write
  return text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "?");
}
