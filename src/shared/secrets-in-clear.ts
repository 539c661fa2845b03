/**
 * What of a credential would be sent in clear to a service at this address; undefined when nothing would. A shared key only signs; a
 * SAS and a token are themselves what is sent. A SAS may stay on this machine; SDKs send tokens over HTTPS only, wherever to.
 */
export function secretInClear(serviceUrl: string, credential: "key" | "sas" | "default"): string | undefined {
  if (credential === "key" || !serviceUrl.startsWith("http:")) return undefined;
  if (credential === "default") return "the token of an Azure identity would be sent in clear";
  return isThisMachine(new URL(serviceUrl).hostname) ? undefined : "a SAS would cross the network in clear";
}

/** A URL's host is an IPv4 address already when it looks like one. */
function isThisMachine(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(?:\.\d{1,3}){3}$/.test(hostname);
}
