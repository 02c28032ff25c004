"use strict";
const all = (selector, from = document) => [...from.querySelectorAll(selector)];

// The slider: pointers of any kind move it, and so do the keys of the range input inside.
const slider = document.querySelector(".slider");
if (slider) {
  const range = slider.querySelector("input");
  const show = (percent) => {
    range.value = percent;
    slider.style.setProperty("--at", range.value + "%");
  };
  const follow = (event) => {
    const box = slider.getBoundingClientRect();
    show((100 * (event.clientX - box.left)) / box.width);
  };
  range.addEventListener("input", () => show(range.value));
  slider.addEventListener("pointerdown", (event) => {
    slider.setPointerCapture(event.pointerId);
    range.focus({ preventScroll: true, focusVisible: false });
    follow(event);
    event.preventDefault();
  });
  slider.addEventListener("pointermove", (event) => {
    if (slider.hasPointerCapture(event.pointerId)) follow(event);
  });

  // Every picture is in the page once: what the slider shows first, the list below borrows, and the other way round.
  const sides = ["original", "recovered"];
  const start = all("[data-shot][aria-pressed=true]")[0].dataset.shot;
  const source = (shot, side) => document.querySelector(`[data-view="${shot} ${side}"]`);
  const own = Object.fromEntries(sides.map((side) => [side, slider.querySelector("." + side).src]));
  for (const side of sides) {
    const borrower = source(start, side);
    if (borrower) borrower.src = own[side];
  }
  const choose = (shot) => {
    for (const side of sides) {
      const image = slider.querySelector("." + side);
      image.src = shot === start ? own[side] : source(shot, side).src;
    }
    for (const button of all(".frames button")) button.setAttribute("aria-pressed", button.dataset.shot === shot);
  };
  for (const button of all("[data-shot]")) {
    button.addEventListener("click", () => {
      choose(button.dataset.shot);
      if (button.closest("article")) document.querySelector("#compare").scrollIntoView({ behavior: "smooth" });
    });
  }
}

// The curves: pointing at one reads the same frame off all of them.
const points = JSON.parse(document.querySelector("#points").textContent);
const plots = all("#curves .plot").map((plot, index) => ({ plot, points: points[index] }));

function nearest(list, number) {
  let low = 0, high = list.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (list[middle][0] <= number) low = middle;
    else high = middle;
  }
  return number - list[low][0] <= list[high][0] - number ? list[low] : list[high];
}

function read(number) {
  for (const { plot, points } of plots) {
    const [frame, x, y, text] = nearest(points, number);
    const cursor = plot.querySelector(".cursor");
    cursor.hidden = false;
    cursor.style.left = x + "%";
    cursor.style.top = y + "%";
    const output = plot.querySelector("output");
    output.textContent = `frame ${frame}: ${text}`;
    output.style.setProperty("--x", x + "%");
  }
}

function forget() {
  for (const { plot } of plots) {
    plot.querySelector(".cursor").hidden = true;
    plot.querySelector("output").textContent = "";
  }
}

for (const { plot, points } of plots) {
  const at = (event) => {
    const box = plot.getBoundingClientRect();
    const x = (100 * (event.clientX - box.left)) / box.width;
    read(points.reduce((a, b) => (Math.abs(b[1] - x) < Math.abs(a[1] - x) ? b : a))[0]);
  };
  plot.addEventListener("pointermove", at);
  plot.addEventListener("pointerdown", at);
  plot.addEventListener("pointerleave", forget);
}
