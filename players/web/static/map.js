/** The plain map: paper, the way, places, how far campaigns reach, and the car. Leaflet without tiles. */

import { distance, word } from "./words.js";

const L = window.L;

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

  showReaches(reaches) {
    this.booked = new Set(reaches.map(spotOf));
    for (const reach of reaches) {
      const text = word("reach", { name: reach.advertiser, place: reach.place_name, distance: distance(reach.radius_m) });
      L.circle([reach.latitude, reach.longitude], { radius: reach.radius_m, className: "reach" }).bindTooltip(text, { sticky: true }).addTo(this.reaches);
      this.#dot(reach, "place place-booked", reach.place_name, true).addTo(this.reaches);
    }
  }

  showPlaces(places) {
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

  /** A place; its name stands always where it is `named`, else under the pointer; towards the middle, so that no edge cuts it. */
  #dot({ latitude, longitude }, className, name, named = false) {
    const dot = L.circleMarker([latitude, longitude], { radius: named ? 6 : 4, className });
    return dot.bindTooltip(name, { permanent: named, direction: "auto", offset: [8, 0], className: "place-name" });
  }
}
