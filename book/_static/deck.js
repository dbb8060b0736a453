// Shows a deck, by reveal.js, whose documentation names the options. An address may set more of
// them: ?print-pdf prints, &showNotes=separate-page with the notes.
Reveal.initialize({
  width: 1280,
  height: 720,
  margin: 0.05,
  center: false,
  hash: true,
  slideNumber: "c/t",
  transition: "none",
  pdfSeparateFragments: false,
  pdfMaxPagesPerSlide: 1,
  plugins: [RevealNotes],
});
