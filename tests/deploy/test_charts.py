"""What is deployed to a cluster, without a cluster: charts rendered and validated, values checked.

Each check has a control: the same thing with a fault planted, which it must refuse.
"""

import copy
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib

import jsonschema
import kubernetes_validate
import pytest
import yaml
from deployment import DEPLOY, program
from typer.testing import CliRunner

from ssplab.cli import app
from ssplab.course import course_root, locks
from ssplab.system import from_yaml

KUBERNETES = "1.35"
CHART, ONYXIA, HUB = DEPLOY / "chart", DEPLOY / "onyxia", DEPLOY / "hub"
TOKEN = "--set=security.password=of-tests-only"
ALL_ON = ["--set=web.enabled=true,board.enabled=true"]
NO_INGRESS = "--set=book.ingress.enabled=false,board.ingress.enabled=false"
STORAGE = "--set=imagePullSecrets[0].name=registry,board.database.storageClassName=fast"
ELSEWHERE = "--set=networkPolicy.from[0].ipBlock.cidr=10.0.0.0/8,web.serviceType=NodePort"
INGRESS = "--set=ingress.enabled=true,ingress.useCertManager=true"
PAUSED = "--set=global.suspend=true,persistence.enabled=false"
OTHERS = (
    "--set=service.image.custom.enabled=true,security.networkPolicy.enabled=false,"
    "nodeSelector.disk=fast,imagePullSecrets[0].name=registry"
)
WAYS = {
    "the book alone": (CHART, []),
    "all three": (CHART, ALL_ON),
    "without an ingress": (CHART, [*ALL_ON, NO_INGRESS, STORAGE]),
    "reached from elsewhere": (CHART, [*ALL_ON, ELSEWHERE]),
    "a trainee on Onyxia": (ONYXIA, [TOKEN, INGRESS]),
    "one who pauses, without a volume": (ONYXIA, [TOKEN, PAUSED]),
    "another image, policy and node": (ONYXIA, [TOKEN, OTHERS]),
}
# Where each component answers that it is well; its own tests ask there.
HEALTH = {
    "nginx": "/health",  # test_book
    "web": "/_health",  # tests/web/test_workshop
    "board": "/health",  # tests/board/test_app
    "jupyterlab": "/api",  # test_image
    "postgres": None,  # a command
}


def helm(*words):
    """Run helm, which asks nobody; return what it said and how it ended."""
    return subprocess.run(
        [program("helm"), *words], capture_output=True, text=True, timeout=120,
        env=os.environ | {"HELM_CACHE_HOME": "/nowhere", "KUBECONFIG": "/nowhere"},
    )  # fmt: skip


def rendered(chart, *options):
    done = helm("template", "course", str(chart), f"--kube-version={KUBERNETES}.0", *options)
    assert done.returncode == 0, done.stderr
    return [one for one in yaml.safe_load_all(done.stdout) if one]


@pytest.fixture(scope="module", params=WAYS.values(), ids=WAYS.keys())
def manifests(request):
    chart, options = request.param
    return rendered(chart, *options)


@pytest.fixture(scope="module")
def whole():
    """All that both charts can make."""
    return [*rendered(CHART, *ALL_ON), *rendered(ONYXIA, TOKEN, "--set=ingress.enabled=true")]


def pods(manifests):
    with_pods = (one for one in manifests if "template" in one.get("spec", {}))
    return [(one, one["spec"]["template"]) for one in with_pods]


def values(chart):
    return from_yaml((chart / "values.yaml").read_text(encoding="utf-8"))


# --- what is rendered


@pytest.mark.parametrize(("chart", "options"), [(CHART, []), (ONYXIA, [TOKEN])])
def test_helm_finds_nothing_to_say(chart, options):
    done = helm("lint", "--strict", str(chart), *options)
    assert done.returncode == 0 and "[WARNING]" not in done.stdout, done.stdout


def test_each_manifest_is_what_kubernetes_knows(manifests):
    for manifest in manifests:
        kubernetes_validate.validate(manifest, KUBERNETES, strict=True)


def test_a_manifest_with_a_fault_is_refused(whole):
    for path, value in [("replica", 1), ("replicas", "two")]:
        spoilt = copy.deepcopy(next(one for one in whole if one["kind"] == "Deployment"))
        spoilt["spec"][path] = value
        with pytest.raises(kubernetes_validate.ValidationError):
            kubernetes_validate.validate(spoilt, KUBERNETES, strict=True)


def unsafe(pod):
    """Return what a pod has beyond the standard that Kubernetes calls restricted, and ours."""
    spec = pod["spec"]
    whole = spec.get("securityContext", {})
    faults = [
        name
        for name, holds in {
            "root": whole.get("runAsNonRoot") is True and whole.get("runAsUser", 0) > 0,
            "system calls": whole.get("seccompProfile", {}).get("type") == "RuntimeDefault",
            "the cluster's token": spec.get("automountServiceAccountToken") is False,
            "variables of other services": spec.get("enableServiceLinks") is False,
            "the node": not {"hostNetwork", "hostPID", "hostIPC"} & spec.keys()
            and not any("hostPath" in volume for volume in spec.get("volumes", [])),
        }.items()
        if not holds
    ]
    for container in spec["containers"]:
        own = container.get("securityContext", {})
        amounts = container.get("resources", {})
        mounted = {mount["mountPath"] for mount in container.get("volumeMounts", [])}
        faults += [
            f"{container['name']}: {name}"
            for name, holds in {
                "privileges": own.get("allowPrivilegeEscalation") is False,
                "capabilities": own.get("capabilities", {}).get("drop") == ["ALL"],
                "a writable image": own.get("readOnlyRootFilesystem") is True and "/tmp" in mounted,
                "no bounds": all(
                    {"cpu", "memory"} == amounts.get(kind, {}).keys()
                    for kind in ("requests", "limits")
                ),
                "unknown health": {"readinessProbe", "livenessProbe"} <= container.keys(),
                "a moving image": not container["image"].endswith(":latest")
                and ":" in container["image"],
            }.items()
            if not holds
        ]
    return faults


def test_no_pod_has_more_than_it_needs(manifests):
    assert pods(manifests)
    assert {
        one["metadata"]["name"]: unsafe(pod) for one, pod in pods(manifests) if unsafe(pod)
    } == {}


SPOILS = {
    "root": lambda spec, container: spec["securityContext"].update(runAsUser=0),
    "the cluster's token": lambda spec, container: spec.pop("automountServiceAccountToken"),
    "the node": lambda spec, container: spec.update(hostNetwork=True),
    "capabilities": lambda spec, container: container["securityContext"].pop("capabilities"),
    "a writable image": lambda spec, container: container.pop("volumeMounts"),
    "no bounds": lambda spec, container: container["resources"]["limits"].pop("memory"),
    "unknown health": lambda spec, container: container.pop("livenessProbe"),
    "a moving image": lambda spec, container: container.update(image="ssplab/course:latest"),
}


@pytest.mark.parametrize("fault", SPOILS)
def test_a_pod_that_has_more_is_found(whole, fault):
    _, pod = copy.deepcopy(pods(whole)[0])
    SPOILS[fault](pod["spec"], pod["spec"]["containers"][0])
    assert [one.rpartition(": ")[2] for one in unsafe(pod)] == [fault]


def loose(manifests):
    """Return what names something that is not there: pods, ports, volumes, services, claims."""
    of_pods = [pod for _, pod in pods(manifests)]
    faults = []
    for one in manifests:
        name, spec = f"{one['kind']} {one['metadata']['name']}", one.get("spec", {})
        selector = spec.get("podSelector", spec.get("selector"))
        if selector:
            wanted = selector.get("matchLabels", selector).items()
            chosen = [pod for pod in of_pods if wanted <= pod["metadata"]["labels"].items()]
            if len(chosen) != 1:
                faults.append(f"{name} chooses {len(chosen)} pods")
            ports = {
                port["name"] for pod in chosen for container in pod["spec"]["containers"]
                for port in container["ports"]
            }  # fmt: skip
            if one["kind"] == "Service":
                faults += [f"{name}: no port {port['targetPort']}" for port in spec["ports"]
                           if port["targetPort"] not in ports]  # fmt: skip
        if one["kind"] == "Ingress":
            services = {
                other["metadata"]["name"] for other in manifests if other["kind"] == "Service"
            }
            faults += [
                f"{name}: no service" for rule in spec["rules"] for path in rule["http"]["paths"]
                if path["backend"]["service"]["name"] not in services
            ]  # fmt: skip
    for one, pod in pods(manifests):
        claims = {
            claim["metadata"]["name"] for claim in one["spec"].get("volumeClaimTemplates", [])
        }
        there = claims | {volume["name"] for volume in pod["spec"].get("volumes", [])}
        faults += [
            f"{one['metadata']['name']}: no volume {mount['name']}"
            for container in pod["spec"]["containers"] for mount in container["volumeMounts"]
            if mount["name"] not in there
        ]  # fmt: skip
    return faults


def test_what_is_named_is_there(manifests):
    assert loose(manifests) == []


@pytest.mark.parametrize(
    ("kind", "spoil", "told"),
    [
        ("Service", lambda spec: spec["selector"].update(a="b"), "chooses 0"),
        ("Service", lambda spec: spec["ports"][0].update(targetPort="x"), "no port x"),
        ("NetworkPolicy", lambda spec: spec["podSelector"].update(matchLabels={}), "chooses 4"),
        ("Deployment", lambda spec: spec["template"]["spec"].pop("volumes"), "no volume tmp"),
    ],
)  # fmt: skip
def test_what_is_named_and_not_there_is_found(kind, spoil, told):
    manifests = rendered(CHART, *ALL_ON)
    spoil(next(one for one in manifests if one["kind"] == kind)["spec"])
    assert any(told in fault for fault in loose(manifests))


def test_probes_ask_where_something_answers(whole):
    asked = {
        container["name"]: {
            container[probe]["httpGet"]["path"]
            for probe in ("startupProbe", "readinessProbe", "livenessProbe")
            if "httpGet" in container.get(probe, {})
        }
        for _, pod in pods(whole)
        for container in pod["spec"]["containers"]
    }
    assert asked == {name: {path} if path else set() for name, path in HEALTH.items()}


def understood(words):
    """Whether `ssplab` has the command and the options that follow its name; nothing is run."""
    return CliRunner().invoke(app, [*words, "--help"]).exit_code == 0


def test_the_image_understands_what_it_is_told(whole):
    told = [container["args"] for _, pod in pods(whole) for container in pod["spec"]["containers"]
            if container.get("args", ["bash"])[0] != "bash"]  # fmt: skip
    told.append(values(HUB)["singleuser"]["cmd"])
    assert len(told) == 3 and {words[0] for words in told} == {"ssplab"}
    assert [words for words in told if not understood(words[1:])] == []


@pytest.mark.parametrize(
    "words", [["wob"], ["web", "--worksop"], ["board", "serve", "--prot=1"], ["board", "open"]]
)
def test_what_the_image_would_not_understand_is_found(words):
    assert not understood(words)


def test_only_the_board_reaches_its_database_and_no_secret_is_rendered(whole):
    policies = {
        one["metadata"]["name"]: one["spec"] for one in whole if one["kind"] == "NetworkPolicy"
    }
    [heard] = policies["course-database"]["ingress"]
    [who] = heard["from"]
    assert who["podSelector"]["matchLabels"]["app.kubernetes.io/component"] == "board"
    assert policies["course-database"]["egress"] == policies["course-web"]["egress"] == []
    services = rendered(CHART, *ALL_ON)
    assert not any(one["kind"] == "Secret" for one in services)
    assert "password" not in json.dumps(values(CHART)).lower().replace('"password"', "")


# --- values


def test_schemas_are_lawful_and_so_are_the_values_of_the_hub():
    """helm itself holds the values of the two charts against theirs: see above."""
    check = [sys.executable, "-m", "check_jsonschema"]
    schemas = [folder / "values.schema.json" for folder in (CHART, ONYXIA, HUB)]
    given = ["--check-metaschema", *schemas], ["--schemafile", schemas[-1], HUB / "values.yaml"]
    for words in given:
        done = subprocess.run([*check, *words], capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("folder", "spoil"),
    [
        (HUB, lambda told: told["singleuser"].update(memroy={"limit": "2G"})),
        (HUB, lambda told: told["hub"]["config"]["JupyterHub"].update(authenticator_class="dummy")),
        (
            HUB,
            lambda told: told["hub"]["config"]["GenericOAuthenticator"].update(client_secret="x"),
        ),
        (HUB, lambda told: told["singleuser"]["image"].update(tag="latest")),
        (HUB, lambda told: told["cull"].pop("timeout")),
        (CHART, lambda told: told["board"]["database"].update(password="x")),
        (CHART, lambda told: told["web"].update(scenario="clam")),
        (CHART, lambda told: told["book"]["resources"]["limits"].update(memory="much")),
    ],
)
def test_values_with_a_fault_are_refused(folder, spoil):
    told, schema = values(folder), json.loads((folder / "values.schema.json").read_text("utf-8"))
    jsonschema.validate(told, schema)
    spoil(told)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(told, schema)


@pytest.mark.parametrize(
    ("chart", "option"),
    [
        (CHART, "--set=web.scenaro=calm"),
        (CHART, "--set=board.enabled=true,board.database.existingSecret="),
        (ONYXIA, "--set=security.password="),
        (ONYXIA, "--set=security.password=short"),
        (ONYXIA, f"{TOKEN},course.chapter=../../etc/passwd"),
        (ONYXIA, f"{TOKEN},resources.limits.memory=2"),
    ],
)
def test_helm_refuses_values_that_the_schema_does(chart, option):
    done = helm("template", "course", str(chart), option)
    assert done.returncode != 0 and "schema" in done.stderr


def test_yaml_is_tidy(tmp_path):
    lint = [sys.executable, "-m", "yamllint", "--strict", "-c", DEPLOY / ".yamllint"]
    done = subprocess.run([*lint, DEPLOY], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout
    (tmp_path / "twice.yaml").write_text("a: 1\na: 2\n", encoding="utf-8")
    done = subprocess.run([*lint, tmp_path], capture_output=True, text=True, timeout=120)
    assert done.returncode == 1 and "duplication of key" in done.stdout


def test_the_same_places_are_named_everywhere():
    """Image, user and home are those of the Dockerfile; what is to be replaced is in .example."""
    dockerfile = (DEPLOY / "image" / "Dockerfile").read_text(encoding="utf-8")
    hub, onyxia, chart = values(HUB), values(ONYXIA), values(CHART)
    image = hub["singleuser"]["image"]
    course = f"{image['name']}:{image['tag']}"
    assert course == onyxia["service"]["image"]["version"]
    assert course == f"{chart['image']['repository']}:{chart['image']['tag']}"
    assert f"HOME={hub['singleuser']['storage']['homeMountPath']} " in dockerfile
    assert f"USER {hub['singleuser']['uid']}:{hub['singleuser']['fsGid']}" in dockerfile
    for folder in (HUB, ONYXIA, CHART):
        text = (folder / "values.yaml").read_text(encoding="utf-8")
        hosts = re.findall(r"\b[a-z0-9-]+(?:\.[a-z0-9-]+)+(?=[/\]\s:]|$)", text)
        ours = ("accounts", "board", "book", "course", "hub", "registry")
        named = {host for host in hosts if "ssplab" in host}
        assert named <= {f"{name}.ssplab.example" for name in ours}


def test_the_image_has_the_server_of_the_charts_hub():
    """Zero to JupyterHub's hub is 5.5; a server of another major version does not come up."""
    project = tomllib.loads((course_root() / "pyproject.toml").read_text(encoding="utf-8"))
    asked = [one for one in project["dependency-groups"]["deploy"] if "jupyterhub" in one]
    assert asked == ["jupyterhub>=5.5,<6"]
    assert locks.read("requirements-deploy.txt")["jupyterhub"].specifier.contains("5.5.4")


# --- Onyxia's form


def fields(schema, path=""):
    """Yield each property of a schema with its path."""
    for name, one in schema.get("properties", {}).items():
        yield f"{path}{name}", one
        yield from fields(one, f"{path}{name}.")


def test_the_form_begins_with_what_the_chart_has():
    """A default that the form shows is the chart's own."""
    told = values(ONYXIA)
    schema = json.loads((ONYXIA / "values.schema.json").read_text(encoding="utf-8"))
    leaves = {path: one for path, one in fields(schema) if one.get("type") != "object"}
    for path, one in leaves.items():
        value = told
        for name in path.split("."):
            value = value[name]
        if "default" in one and path != "ingress.enabled":  # off unless Onyxia has one
            assert one["default"] == value, path
    hidden = {path for path, one in fields(schema) if one.get("x-onyxia", {}).get("hidden")}
    for path in ("ingress.hostname", "userPreferences.language"):
        assert path in hidden and "overwriteDefaultWith" in leaves[path]["x-onyxia"]


def test_the_launch_links_of_the_readme_name_what_is_there():
    readme = (DEPLOY / "README.md").read_text(encoding="utf-8")
    schema = json.loads((ONYXIA / "values.schema.json").read_text(encoding="utf-8"))
    paths = {path for path, _ in fields(schema)}
    links = re.findall(r"https://\S*/launcher/\S*/ssplab-course\?(\S+)", readme)
    assert links
    for link in links:
        names = {part.partition("=")[0] for part in link.split("&")}
        assert names - {"autoLaunch", "name"} <= paths
    places = re.findall(r"/hub/user-redirect/lab/tree/(\S+\.ipynb)", readme)
    assert places and all((course_root() / place).is_file() for place in places)


# --- Zero to JupyterHub's own chart, where somebody has it


def test_the_chart_of_zero_to_jupyterhub_takes_the_values(tmp_path):
    """No registry that tests reach has it, so its folder is named: SSPLAB_Z2JH=…/jupyterhub."""
    named = os.environ.get("SSPLAB_Z2JH")
    if not named:
        pytest.skip(
            "SSPLAB_Z2JH names no folder of Zero to JupyterHub's chart: see deploy/README.md"
        )
    folder = tmp_path / "jupyterhub"
    shutil.copytree(named, folder)
    # Their tool makes the JSON of the YAML; without it helm takes any word for granted.
    schema = from_yaml((folder / "values.schema.yaml").read_text(encoding="utf-8"))
    (folder / "values.schema.json").write_text(json.dumps(schema), encoding="utf-8")
    told = ["--values", str(HUB / "values.yaml")]
    assert helm("lint", "--strict", str(folder), *told).returncode == 0
    for manifest in rendered(folder, *told):
        kubernetes_validate.validate(manifest, KUBERNETES, strict=True)
    spoilt = helm("template", "course", str(folder), *told, "--set=singleuser.memroy.limit=1G",
                  f"--kube-version={KUBERNETES}.0")  # fmt: skip
    assert spoilt.returncode != 0 and "memroy" in spoilt.stderr
    chart = from_yaml((folder / "Chart.yaml").read_text(encoding="utf-8"))
    assert chart["appVersion"].startswith("5.5.")
