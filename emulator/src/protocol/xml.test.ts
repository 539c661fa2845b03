import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { child, children, childText, element, encodedElement, optional, parseXml, renderXml } from "./xml.ts";

test("renderXml() escapes whatever text and attributes hold", () => {
  const document = renderXml(element("A", [element("B", `<&>"'\r`), optional("C", undefined), element("D", "")], { x: `"<\n` }));
  assert.equal(document, `\uFEFF<?xml version="1.0" encoding="utf-8"?><A x="&quot;&lt;&#xA;"><B>&lt;&amp;&gt;&quot;'&#xD;</B><D /></A>`);
});

test("parseXml() reads back every text that renderXml() wrote", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", minLength: 1 }), (text) => {
      const { xml } = encodedElement("Name", text);
      const read = childText(child(parseXml(renderXml(element("Root", [encodedElement("Name", text)]))), "Root"), "Name");
      const encoded = xml.includes('Encoded="true"');
      // A carriage return is written as a reference and read back as the parser sees fit.
      if (!text.includes("\r")) assert.equal(encoded ? decodeURIComponent(read ?? "") : (read ?? ""), text);
    }),
  );
});

test("encodedElement() encodes names that XML cannot carry, and only those", () => {
  assert.equal(encodedElement("Name", "100% & more").xml, "<Name>100% &amp; more</Name>");
  assert.equal(encodedElement("Name", "a\uFFFEb%").xml, '<Name Encoded="true">a%EF%BF%BEb%25</Name>');
});

test("parseXml() gives children, repeated or not, and refuses what is broken", () => {
  const root = child(parseXml("<R><I><K>1</K></I><I><K>2</K></I><T>x</T></R>"), "R");
  assert.deepEqual(
    children(root, "I").map((one) => childText(one, "K")),
    ["1", "2"],
  );
  assert.deepEqual(children(root, "T"), []);
  assert.deepEqual(child(root, "none"), {});
  assert.throws(() => parseXml("<R><I></R>"), { code: "InvalidXmlDocument" });
});
