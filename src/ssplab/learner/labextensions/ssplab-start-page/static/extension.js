// The start page shows what is done. JupyterLab reads a file once, so this extension reads the
// start page again while it is looked at and has changed. It is written as JupyterLab loads it, in
// the manner of a module-federation container: there is nothing to build.
(() => {
  const PAGE = "start.md";
  const EVERY = 4000; // milliseconds

  async function refresh(app, documents) {
    const widget = documents.findWidget(PAGE, "Markdown Preview");
    if (!widget?.isVisible || widget.context.model.dirty) return;
    const now = await documents.services.contents.get(PAGE, { content: false });
    if (now.last_modified !== widget.context.contentsModel?.last_modified) {
      await widget.context.revert();
    }
  }

  let shared;
  window._JUPYTERLAB = window._JUPYTERLAB ?? {};
  window._JUPYTERLAB["ssplab-start-page"] = {
    init: (scope) => {
      shared = scope;
    },
    get: async () => {
      const [docmanager] = Object.values(shared["@jupyterlab/docmanager"]);
      const { IDocumentManager } = (await docmanager.get())();
      const plugin = {
        id: "ssplab-start-page:plugin",
        description: "Shows the course's start page anew as work is done.",
        autoStart: true,
        requires: [IDocumentManager],
        activate: (app, documents) => {
          // The server may be gone for a while, or for good: the next time will tell.
          const again = () => refresh(app, documents).catch((reason) => console.debug(reason));
          app.restored.then(() => {
            app.shell.currentChanged?.connect(again);
            setInterval(again, EVERY);
          });
        },
      };
      return () => ({ __esModule: true, default: plugin });
    },
  };
})();
