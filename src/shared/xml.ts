/** One piece of an XML text: a start or end tag, or the text between two tags. */
export interface XmlEvents {
  /** `attributes` is the raw text after the name; `attributeOf` reads one. `empty` tags have no end of their own. */
  readonly open: (name: string, attributes: string, empty: boolean) => void;
  readonly close: (name: string) => void;
  /** Entities resolved. Only called for text that follows a start tag. */
  readonly text: (text: string) => void;
}

const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

/**
 * Reads the XML that the service writes: elements, attributes and text. Everything else is passed over, entities of a DTD are
 * not known. Returns false when the text is not complete: an element is not closed, or a tag does not end.
 */
export function readXml(xml: string, events: XmlEvents): boolean {
  const open: string[] = [];
  let at = xml.indexOf("<");
  while (at >= 0) {
    const end = tagEnd(xml, at);
    if (end < 0) return false;
    const next = xml.indexOf("<", end);
    const first = xml.charCodeAt(at + 1);
    if (first === SLASH) {
      const name = xml.slice(at + 2, end - 1).trim();
      if (open.pop() !== name) return false;
      events.close(name);
    } else if (first !== QUESTION && first !== EXCLAMATION) {
      const { name, attributes, empty } = startTag(xml.slice(at + 1, end - 1));
      events.open(name, attributes, empty);
      if (!empty) open.push(name);
      if (!empty && next > end) events.text(unescapeXml(xml.slice(end, next)));
    }
    at = next;
  }
  return open.length === 0;
}

/** The parts of a start tag, without its brackets. */
function startTag(text: string): { readonly name: string; readonly attributes: string; readonly empty: boolean } {
  const empty = text.endsWith("/");
  const tag = empty ? text.slice(0, -1) : text;
  const space = tag.search(/\s/);
  return space < 0 ? { name: tag, attributes: "", empty } : { name: tag.slice(0, space), attributes: tag.slice(space), empty };
}

/** The place after the `>` that ends the tag or comment at `at`; -1 when there is none. */
function tagEnd(xml: string, at: number): number {
  const comment = xml.startsWith("<!--", at);
  const end = xml.indexOf(comment ? "-->" : ">", at);
  return end < 0 ? -1 : end + (comment ? 3 : 1);
}

const SLASH = 0x2f;
const QUESTION = 0x3f;
const EXCLAMATION = 0x21;

/** The value of one attribute of a start tag; undefined when it has none of this name. */
export function attributeOf(attributes: string, name: string): string | undefined {
  const found = new RegExp(`\\s${name}\\s*=\\s*(?:"([^"]*)"|'([^']*)')`).exec(attributes);
  const value = found?.[1] ?? found?.[2];
  return value === undefined ? undefined : unescapeXml(value);
}

function unescapeXml(text: string): string {
  if (!text.includes("&")) return text;
  return text.replaceAll(/&(#x[0-9a-fA-F]{1,6}|#\d{1,7}|\w+);/g, (whole, name: string) => {
    if (!name.startsWith("#")) return ENTITIES[name] ?? whole;
    const code = name[1] === "x" ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1));
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}
