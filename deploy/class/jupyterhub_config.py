"""A JupyterHub for a class on one server, without Kubernetes; deploy/README.md says how to use it.

Each trainee is a system user (`accounts.py` makes them), whose server and kernels run as processes
of that user, within limits. The course is only read. What another office needs otherwise stands in
a file of its own, which begins with

    load_subconfig("/opt/course/deploy/class/jupyterhub_config.py")

and is what `jupyterhub --config` is given.
"""

import asyncio
import os
import pwd
import resource
import shutil
import sys
from pathlib import Path

from jupyterhub.spawner import LocalProcessSpawner
from traitlets import Integer

from ssplab.book import write_data_pages
from ssplab.course import course_root
from ssplab.system import processes

c = get_config()  # noqa: F821 - JupyterHub gives it


class ClassSpawner(LocalProcessSpawner):
    """A trainee's server as processes of a system user, within limits that the kernel keeps.

    Each limit is a process's, the number of processes the user's; what a home may hold is for its
    file system to say. All trainees have the same claim on the processors, below that of the hub.
    """

    processes_limit = Integer(400, config=True, help="Processes and threads of a trainee.")
    processor_minutes = Integer(
        60, config=True, help="Of a processor, which a process may use until it is ended."
    )
    file_limit = Integer(1024, config=True, help="MiB that a file may have, where homes have none.")
    niceness = Integer(5, config=True, help="Above the hub's: 0 to 19, which yields to all.")

    @property
    def mark(self):
        """What the trainee's processes have in their environment: see `ssplab.system.processes`."""
        return f"hub:{self.user.name}"

    def user_env(self, env):
        """Add what the trainee's processes shall find in their environment."""
        env = super().user_env(env) | processes.marked(self.mark)
        # Temporary files are the trainee's, and count as such: nobody fills /tmp for the others.
        env["TMPDIR"] = str(Path(env["HOME"], ".tmp"))
        return env

    def make_preexec_fn(self, name):
        """Return what makes the process that is about to start the trainee's, and limited."""
        become = super().make_preexec_fn(name)
        seconds = 60 * self.processor_minutes
        limits = {
            resource.RLIMIT_NPROC: self.processes_limit,
            resource.RLIMIT_FSIZE: self.file_limit * 2**20,
            resource.RLIMIT_CORE: 0,
        }
        if self.mem_limit:
            # What a process may write to. Address space is no measure: engines reserve far more
            # of it than they use.
            limits[resource.RLIMIT_DATA] = self.mem_limit
        temporary = Path(pwd.getpwnam(name).pw_dir, ".tmp")

        def limited():
            for kind, most in limits.items():
                resource.setrlimit(kind, (most, most))
            # At the first a signal says why, at the second the process is killed.
            resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 60))
            os.nice(self.niceness)
            # Where memory is short all the same, a trainee's process is ended, not the hub.
            Path("/proc/self/oom_score_adj").write_text("500")
            become()
            os.umask(0o077)
            temporary.mkdir(exist_ok=True)

        return limited

    async def stop(self, now=False):
        """Stop the server, and what it left: kernels outlive a server that is interrupted."""
        await super().stop(now)
        await asyncio.to_thread(processes.kill, self.mark)


# --- who comes in

# The accounts of this server, by PAM: the service `jupyterhub`, or else the one named `other`.
# Office accounts by OpenID Connect: install oauthenticator, and in your own file
#   c.JupyterHub.authenticator_class = "generic-oauth"
#   c.GenericOAuthenticator.client_id, .client_secret, .authorize_url, .token_url, .userdata_url
# Each name that it gives must be one that `accounts.py` has made.
c.JupyterHub.authenticator_class = "pam"
c.PAMAuthenticator.service = "jupyterhub"
c.PAMAuthenticator.allowed_groups = {"trainees"}
c.PAMAuthenticator.open_sessions = False  # they would outlive what they are opened for

# --- where

# On this machine alone: in front stands what speaks TLS to the office, such as nginx.
c.JupyterHub.bind_url = "http://127.0.0.1:8000"
c.JupyterHub.hub_ip = "127.0.0.1"
c.JupyterHub.template_vars = {"announcement_login": "Python for Official Statistics"}
_proxy = course_root() / "deploy/node_modules/.bin/configurable-http-proxy"
c.ConfigurableHTTPProxy.command = [
    str(_proxy) if _proxy.exists() else shutil.which(_proxy.name) or _proxy.name
]

# --- what a trainee gets

write_data_pages()  # a trainee, who only reads the course, cannot
c.JupyterHub.spawner_class = ClassSpawner
c.Spawner.cmd = [sys.executable, "-m", "ssplab", "serve-hub"]
c.Spawner.args = [
    # One that is left ends by itself, with its kernels.
    "--ServerApp.shutdown_no_activity_timeout=7200",
    "--MappingKernelManager.cull_idle_timeout=3600",
]
c.Spawner.environment = {
    "SSPLAB_ROOT": str(course_root()),
    "SSPLAB_WORK": "~/work",
    # Many share few processors: threads of one kernel would only wait for one another.
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "POLARS_MAX_THREADS": "2",
}
c.Spawner.mem_limit = "2G"
c.Spawner.start_timeout = 180  # twelve at once on two processors take their time
c.Spawner.http_timeout = 180
c.JupyterHub.shutdown_on_logout = True
