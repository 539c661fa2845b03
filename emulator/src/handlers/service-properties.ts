import { answer, xmlAnswer, type Answer } from "../protocol/answer.ts";
import { StorageError } from "../protocol/errors.ts";
import type { StorageRequest } from "../protocol/request.ts";
import { element, parseXml, renderXml } from "../protocol/xml.ts";
import type { World } from "./world.ts";

const BODY_BYTES_MAX = 64 * 1024;

/** Metrics that nobody switched on; nothing in this server depends on them. */
function defaultProperties(): string {
  const off = [element("Version", "1.0"), element("Enabled", "false"), element("RetentionPolicy", [element("Enabled", "false")])];
  return renderXml(element("StorageServiceProperties", [element("HourMetrics", off), element("MinuteMetrics", off), element("Cors", "")]));
}

/** Get File Service Properties: what was set last, since the server started. */
export async function getServiceProperties(_request: StorageRequest, { serviceProperties }: World): Promise<Answer> {
  return xmlAnswer(serviceProperties.xml ?? defaultProperties());
}

/** Set File Service Properties: kept and given back, without effect. */
export async function setServiceProperties(request: StorageRequest, { serviceProperties }: World): Promise<Answer> {
  const xml = Buffer.from(await request.body(BODY_BYTES_MAX)).toString();
  if (!("StorageServiceProperties" in parseXml(xml))) throw new StorageError("InvalidXmlDocument");
  serviceProperties.xml = xml;
  return answer(202);
}
