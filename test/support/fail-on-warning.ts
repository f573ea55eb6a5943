// A warning that nobody reads is a bug that nobody fixes: it ends the test run.
process.on("warning", (warning) => {
  throw warning;
});
