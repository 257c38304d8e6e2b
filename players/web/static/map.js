/** The plain map: paper, the way, places, how far campaigns reach, and the car. Leaflet without tiles. */

import { distance, word } from "./words.js";

const L = window.L;

const GAP_PX = 4;
// Where a name may stand beside its dot, the best side first.
const SIDES = { right: [8, 0], left: [-8, 0], top: [0, -8], bottom: [0, 8] };

const apart = (a, b) => a.right + GAP_PX < b.left || b.right + GAP_PX < a.left || a.bottom < b.top || b.bottom < a.top;
const within = (a, b) => a.left >= b.left && a.right <= b.right && a.top >= b.top && a.bottom <= b.bottom;
const spotOf = ({ latitude, longitude }) => `${latitude} ${longitude}`;

export class RoadMap {
  constructor(element) {
    this.map = L.map(element, { attributionControl: false, zoomControl: false, zoomSnap: 0.25, fadeAnimation: false });
    L.control.zoom({ position: "topright" }).addTo(this.map);
    L.control.scale({ imperial: false, position: "bottomleft" }).addTo(this.map);
    this.reaches = L.layerGroup().addTo(this.map);
    this.places = L.layerGroup().addTo(this.map);
    this.way = L.layerGroup().addTo(this.map);
    const icon = L.divIcon({ className: "car", iconSize: [44, 44], html: document.getElementById("car").innerHTML });
    this.car = L.marker([0, 0], { icon, interactive: false, keyboard: false, pane: "popupPane" });
    this.following = true;
    this.map.on("dragstart", () => {
      this.following = false;
    });
    this.map.on("zoomend moveend resize", () => this.#name());
    this.nearby = [];
    this.drawn = "";
  }

  /** Draws the way of a drive and looks at the whole of it. */
  showWay(points) {
    const line = points.map(({ lat, lon }) => [lat, lon]);
    this.way.clearLayers();
    L.polyline(line, { className: "way-bed", interactive: false }).addTo(this.way);
    L.polyline(line, { className: "way", interactive: false }).addTo(this.way);
    this.map.fitBounds(L.latLngBounds(line).pad(0.12), { animate: false });
    this.following = true;
    this.car.addTo(this.map);
  }

  /** How far campaigns reach; drawn anew only where something was booked or has ended. */
  showReaches(reaches) {
    const asked = JSON.stringify(reaches);
    if (asked === this.drawn) return;
    this.drawn = asked;
    this.booked = new Map(reaches.map((reach) => [spotOf(reach), reach]));
    this.reaches.clearLayers();
    for (const reach of reaches) {
      const text = word("reach", { name: reach.advertiser, place: reach.place_name, distance: distance(reach.radius_m) });
      L.circle([reach.latitude, reach.longitude], { radius: reach.radius_m, className: "reach" }).bindTooltip(text, { sticky: true }).addTo(this.reaches);
    }
    this.names = [...this.booked.values()].map((reach) => this.#dot(reach, "place place-booked", reach.place_name, true).addTo(this.reaches));
    this.showPlaces(this.nearby);
    this.#name();
  }

  showPlaces(places) {
    this.nearby = places;
    this.places.clearLayers();
    for (const place of places) if (!this.booked.has(spotOf(place))) this.#dot(place, "place", place.name).addTo(this.places);
  }

  moveCar({ lat, lon, heading }, state) {
    this.car.setLatLng([lat, lon]);
    const element = this.car.getElement();
    if (!element) return;
    element.dataset.state = state;
    element.firstElementChild.style.transform = `rotate(${heading}deg)`;
    if (this.following && !this.map.getBounds().pad(-0.1).contains([lat, lon])) this.map.panTo([lat, lon]);
  }

  /** A place; its name stands always where it is `named` and there is room, else under the pointer. */
  #dot({ latitude, longitude }, className, name, named = false) {
    const dot = L.circleMarker([latitude, longitude], { radius: named ? 6 : 4, className });
    dot.bindTooltip(name, { permanent: named, direction: "auto", offset: [8, 0], className: "place-name" });
    if (!named) return dot;
    const raise = (on) => () => dot.getTooltip().getElement()?.classList.toggle("place-name-raised", on);
    return dot.on("mouseover", raise(true)).on("mouseout", raise(false));
  }

  /** Puts each name on a side of its dot where it covers no other name and no edge cuts it; one without such a side is hidden. */
  #name() {
    const room = this.map.getContainer().getBoundingClientRect();
    const taken = [];
    for (const dot of this.names ?? []) {
      const tooltip = dot.getTooltip();
      const element = tooltip.getElement();
      if (!element) continue;
      const free = Object.keys(SIDES).find((side) => {
        Object.assign(tooltip.options, { direction: side, offset: L.point(SIDES[side]) });
        tooltip.update();
        const box = element.getBoundingClientRect();
        if (!within(box, room) || taken.some((other) => !apart(box, other))) return false;
        taken.push(box);
        return true;
      });
      element.classList.toggle("place-name-hidden", !free);
    }
  }
}
