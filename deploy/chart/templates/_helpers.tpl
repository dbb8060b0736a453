{{- /* Labels of a component: (list . "book") */ -}}
{{- define "services.labels" -}}
{{- $root := index . 0 -}}
{{ include "services.selector" . }}
app.kubernetes.io/version: {{ $root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ $root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" $root.Chart.Name $root.Chart.Version }}
{{- end }}

{{- define "services.selector" -}}
{{- $root := index . 0 -}}
app.kubernetes.io/name: {{ $root.Chart.Name }}
app.kubernetes.io/instance: {{ $root.Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end }}

{{- define "services.name" -}}
{{- $root := index . 0 -}}
{{ printf "%s-%s" $root.Release.Name (index . 1) | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- /* What every pod of this chart has: nothing of the cluster's, nothing of root's: (list . uid) */ -}}
{{- define "services.pod" -}}
{{- $root := index . 0 -}}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: {{ index . 1 }}
  runAsGroup: {{ index . 1 }}
  fsGroup: {{ index . 1 }}
  seccompProfile:
    type: RuntimeDefault
{{- with $root.Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "services.container" -}}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities:
    drop: [ALL]
{{- end }}

{{- /* Where the course's programs may write, since the image is read-only. */ -}}
{{- define "services.environment" -}}
- name: HOME
  value: /tmp
- name: SSPLAB_CACHE
  value: /tmp/cache
- name: MPLCONFIGDIR
  value: /tmp/matplotlib
{{- end }}

{{- /* An ingress: (list . "board" .Values.board.ingress) */ -}}
{{- define "services.ingress" -}}
{{- $root := index . 0 -}}
{{- $name := include "services.name" . -}}
{{- with index . 2 }}
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: {{ $name }}
  labels:
    {{- include "services.labels" $ | nindent 4 }}
  {{- if eq (index $ 1) "board" }}
  annotations:
    # A team hands in a file of some megabytes; ingress-nginx allows one by default.
    nginx.ingress.kubernetes.io/proxy-body-size: 64m
  {{- end }}
spec:
  ingressClassName: {{ .className }}
  tls:
    - hosts: [{{ .host | quote }}]
      secretName: {{ .tlsSecret }}
  rules:
    - host: {{ .host | quote }}
      http:
        paths:
          - path: /
            pathType: Prefix
            backend:
              service:
                name: {{ $name }}
                port:
                  name: http
{{- end }}
{{- end }}
