"""What JupyterLab sees: the work folder, with the course's notebooks and pages behind it.

A notebook of the course that is asked for and not there yet becomes a work copy. The pages of
`book/` are brought as the course has them, read-only. The start page is written anew each time.
"""

from pathlib import Path

from jupyter_server.files.handlers import FilesHandler
from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager
from tornado.web import HTTPError

from ssplab.course import normal
from ssplab.learner.copies import bring_page, copy_on_demand, is_page
from ssplab.learner.start_page import START, start_page
from ssplab.system import SsplabError, write_text


class CourseContentsManager(AsyncLargeFileManager):
    """The work folder, filled from the course as notebooks are opened."""

    # The default passes `get` by, which brings the pictures of a page.
    files_handler_class = FilesHandler

    async def get(self, path, content=True, type=None, format=None, require_hash=False):
        """Return a file's model; see `jupyter_server`. A notebook of the course is copied first.

        Raises
        ------
        HTTPError
            500, with the reason, if the copy or the start page cannot be written.
        """
        place = path.strip("/")
        try:
            if place == START:
                write_text(start_page(), Path(self.root_dir, START))
            elif is_page(place):
                bring_page(place)
            elif copy := copy_on_demand(place):
                # What the course stores may show itself: it is not of somebody unknown.
                self.notary.sign(normal.read(copy))
        except SsplabError as error:
            raise HTTPError(500, str(error), reason=str(error)) from error
        return await super().get(path, content, type, format, require_hash)

    async def save(self, model, path=""):
        """Save a file; see `jupyter_server`.

        Raises
        ------
        HTTPError
            403, with what to do, for a page of the course.
        """
        if is_page(path.strip("/")):
            told = "The course's pages are read-only. Save it under another name to change it."
            raise HTTPError(403, told, reason=told)
        return await super().save(model, path)

    def is_writable(self, path):
        """Return whether a path may be written: the course's pages may not."""
        return not is_page(path.strip("/")) and super().is_writable(path)
