/**
 * What the page asks of the head unit that it runs on: to navigate somewhere, and to call somebody. A head unit that
 * offers `roadcastHeadUnit.postMessage(text)` is told there; any other is handed the address that its platform knows
 * (`geo:`, RFC 5870, with the label that Android's apps read; `tel:`, RFC 3966). The page stays where it is.
 */

function handOver(message, address) {
  const unit = globalThis.roadcastHeadUnit;
  if (typeof unit?.postMessage === "function") {
    unit.postMessage(JSON.stringify(message));
    return;
  }
  const link = document.createElement("a");
  link.href = address;
  link.click();
}

export function navigateTo({ latitude, longitude, place_name: name }) {
  const at = `${latitude},${longitude}`;
  handOver({ type: "navigate", latitude, longitude, name }, `geo:${at}?q=${at}(${encodeURIComponent(name)})`);
}

export function callUp({ phone, place_name: name }) {
  handOver({ type: "call", phone, name }, `tel:${phone}`);
}
