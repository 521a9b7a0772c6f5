// Start the slides, and shrink what would run over its frame.
const WIDTH = 1280;
const HEIGHT = 720;
const SMALLEST = 0.45;
const LARGEST = 1.4;

/** Return whether a slide has more than its frame can show. */
function runsOver(section) {
  const wide = [...section.querySelectorAll("pre, table, mjx-container")];
  const right = Math.max(0, ...wide.map((part) => part.scrollWidth));
  return section.scrollHeight > HEIGHT || section.scrollWidth > WIDTH || right > WIDTH - 150;
}

/** Make the type of a slide as large as its frame allows: code larger than the rest. */
function fit(section) {
  if (!section || section.classList.contains("stack")) return;
  let size = section.querySelector("pre") ? LARGEST : 1;
  section.style.fontSize = `${size}em`;
  while (runsOver(section) && size > SMALLEST) {
    size -= 0.05;
    section.style.fontSize = `${size}em`;
  }
}

/** Fit the slide that is shown. */
function fitCurrent() {
  fit(Reveal.getCurrentSlide());
  Reveal.layout();
}

window.addEventListener("load", async () => {
  if (window.MathJax?.startup) await window.MathJax.startup.promise;
  await Reveal.initialize({
    width: WIDTH,
    height: HEIGHT,
    margin: 0.03,
    hash: true,
    controls: false,
    slideNumber: "h.v",
    transition: "none",
    plugins: [RevealNotes],
  });
  Reveal.on("slidechanged", fitCurrent);
  fitCurrent();
  document.body.dataset.ready = "yes";
});
