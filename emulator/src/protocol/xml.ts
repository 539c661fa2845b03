import { XMLParser } from "fast-xml-parser";
import { StorageError } from "./errors.ts";

/** An element that is written out. Only this file makes them, so that no text gets in without being escaped. */
export interface XmlElement {
  readonly xml: string;
}

/** What is inside an element: its text, or its children in order; undefined children are left out. */
export type XmlContent = string | readonly (XmlElement | undefined)[];

const ESCAPES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\r": "&#xD;" };

/** The document's text. */
export function renderXml(root: XmlElement): string {
  return `\uFEFF<?xml version="1.0" encoding="utf-8"?>${root.xml}`;
}

/** An element; texts and attributes are escaped, so that no name can break out of them. */
export function element(name: string, content: XmlContent, attributes?: Readonly<Record<string, string | undefined>>): XmlElement {
  const head = attributes === undefined ? name : headOf(name, attributes);
  let inner = "";
  if (typeof content === "string") inner = escapeXml(content);
  else for (const one of content) if (one !== undefined) inner += one.xml;
  return { xml: content.length === 0 ? `<${head} />` : `<${head}>${inner}</${name}>` };
}

function headOf(name: string, attributes: Readonly<Record<string, string | undefined>>): string {
  let head = name;
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined) head += ` ${key}="${escapeXml(value).replaceAll("\n", "&#xA;").replaceAll("\t", "&#x9;")}"`;
  }
  return head;
}

/** An element, or nothing when there is no text for it. */
export function optional(name: string, text: string | undefined): XmlElement | undefined {
  return text === undefined ? undefined : element(name, text);
}

/** Text that may hold what XML cannot carry: percent-encoded then, and marked as the service marks it. */
export function encodedElement(name: string, text: string): XmlElement {
  const encoded = encodedText(text);
  return element(name, encoded.text, encoded.isEncoded ? { Encoded: "true" } : undefined);
}

/** The text for an element or attribute, percent-encoded when it holds what XML cannot carry. */
export function encodedText(text: string): { readonly text: string; readonly isEncoded: boolean } {
  const isEncoded = NOT_XML.test(text);
  return { text: isEncoded ? encodeURIComponent(text) : text, isEncoded };
}

// oxlint-disable-next-line no-control-regex -- these are the characters that XML 1.0 has no way to write
const NOT_XML = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/;
const SPECIAL = /[&<>"\r]/;
const EVERY_SPECIAL = /[&<>"\r]/g;

function escapeXml(text: string): string {
  return SPECIAL.test(text) ? text.replace(EVERY_SPECIAL, (character) => ESCAPES[character] ?? character) : text;
}

const PARSER = new XMLParser({
  ignoreAttributes: true,
  parseTagValue: false,
  trimValues: false,
  ignoreDeclaration: true,
  processEntities: true,
});

/** An XML document as nested records; repeated elements become arrays. Throws InvalidXmlDocument. */
export function parseXml(text: string): XmlRecord {
  try {
    return PARSER.parse(text.replace(/^\uFEFF/, ""), true) as XmlRecord;
  } catch {
    throw new StorageError("InvalidXmlDocument");
  }
}

/** What was parsed: text, an element with children, or several of one name. */
export type XmlValue = string | XmlRecord | readonly (string | XmlRecord)[];

/** Children by name. */
export interface XmlRecord {
  readonly [name: string]: XmlValue | undefined;
}

/** The child's children; empty when it is missing or text. */
export function child(parent: XmlRecord, name: string): XmlRecord {
  const value = parent[name];
  return typeof value === "object" && !Array.isArray(value) ? (value as XmlRecord) : {};
}

/** Every child of this name. */
export function children(parent: XmlRecord, name: string): readonly XmlRecord[] {
  const value = parent[name];
  const all = Array.isArray(value) ? (value as readonly (string | XmlRecord)[]) : [value];
  return all.filter((one): one is XmlRecord => typeof one === "object");
}

/** The child's text; undefined when it is missing. */
export function childText(parent: XmlRecord, name: string): string | undefined {
  const value = parent[name];
  return typeof value === "string" ? value : undefined;
}
