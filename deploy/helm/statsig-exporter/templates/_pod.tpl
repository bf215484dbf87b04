{{- /* The entries of a map that hold something, as fields of an object. */ -}}
{{- define "se.given" -}}
{{- range $key, $value := . }}
{{- if not (or (kindIs "invalid" $value) (eq (toJson $value) "{}" "[]" "\"\"")) }}
{{ toYaml (dict $key $value) }}
{{- end }}
{{- end }}
{{- end }}

{{- define "se.args" -}}
{{- if .Values.demo }}
- --demo
{{- else if include "se.hasConfig" . }}
- --config.file={{ include "se.root" . }}/config/{{ .Values.configFrom.key }}
{{- end }}
- --web.listen-address=:{{ .Values.web.port }}
- --web.probe-address=:{{ .Values.web.probePort }}
- --web.telemetry-path={{ .Values.web.telemetryPath }}
{{- with .Values.web.externalUrl }}
- --web.external-url={{ . }}
{{- end }}
{{- with .Values.web.routePrefix }}
- --web.route-prefix={{ . }}
{{- end }}
{{- if include "se.hasWebConfig" . }}
- --web.config.file={{ include "se.root" . }}/web/web.yml
{{- end }}
{{- if or .Values.web.enableLifecycle .Values.configReloader.enabled }}
- --web.enable-lifecycle
{{- end }}
{{- if .Values.web.enablePprof }}
- --web.enable-pprof
{{- end }}
{{- if .Values.storage.enabled }}
- --storage.path=/var/lib/statsig_exporter
{{- end }}
- --log.level={{ .Values.log.level }}
- --log.format={{ .Values.log.format }}
{{- with .Values.extraArgs }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "se.env" -}}
{{- $limit := dig "limits" "memory" "" .Values.resources | toString -}}
{{- if and (eq .Values.goMemLimit "auto") $limit }}
- name: GOMEMLIMIT
  value: {{ include "se.nineTenths" $limit | quote }}
{{- else if and .Values.goMemLimit (ne .Values.goMemLimit "auto") }}
- name: GOMEMLIMIT
  value: {{ .Values.goMemLimit | quote }}
{{- end }}
{{- if gt (int .Values.shards) 1 }}
- name: POD_INDEX
  valueFrom: {fieldRef: {fieldPath: "metadata.labels['apps.kubernetes.io/pod-index']"}}
- name: STATSIG_EXPORTER_SHARD
  value: $(POD_INDEX)/{{ .Values.shards }}
{{- end }}
{{- with .Values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "se.mounts" -}}
- {name: tmp, mountPath: /tmp}
{{- if .Values.storage.enabled }}
- {name: storage, mountPath: /var/lib/statsig_exporter}
{{- end }}
{{- if include "se.hasConfig" . }}
- {name: config, mountPath: {{ include "se.root" . }}/config, readOnly: true}
{{- end }}
{{- if (include "se.keyed" . | fromYaml).projects }}
- {name: project-keys, mountPath: {{ include "se.root" . }}/keys/project, readOnly: true}
{{- end }}
{{- if .Values.keys.existingSecret }}
- {name: secret-keys, mountPath: {{ include "se.root" . }}/keys/secret, readOnly: true}
{{- end }}
{{- if include "se.hasWebConfig" . }}
- {name: web, mountPath: {{ include "se.root" . }}/web, readOnly: true}
{{- end }}
{{- if .Values.web.tlsSecret }}
- {name: tls, mountPath: {{ include "se.root" . }}/tls, readOnly: true}
{{- end }}
{{- range concat (default list .Values.extraConfigMapMounts) (default list .Values.extraSecretMounts) }}
- {{ merge (dict "readOnly" true) (pick . "name" "mountPath" "subPath") | toJson }}
{{- end }}
{{- with .Values.extraVolumeMounts }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "se.volumes" -}}
- name: tmp
  emptyDir: {sizeLimit: {{ .Values.tmp.sizeLimit }}}
{{- if and .Values.storage.enabled (not (include "se.hasClaimTemplate" .)) }}
- name: storage
{{- if .Values.storage.persistent }}
  persistentVolumeClaim: {claimName: {{ .Values.storage.existingClaim }}}
{{- else }}
  emptyDir: {sizeLimit: {{ .Values.storage.size }}}
{{- end }}
{{- end }}
{{- if .Values.configFrom.secret }}
- name: config
  secret: {secretName: {{ .Values.configFrom.secret }}, defaultMode: 0440}
{{- else if include "se.hasConfig" . }}
- name: config
  configMap: {name: {{ default (include "se.fullname" .) .Values.configFrom.configMap }}}
{{- end }}
{{- with (include "se.keyed" . | fromYaml).projects }}
- name: project-keys
  projected:
    defaultMode: 0440
    sources:
      {{- range . }}
      {{- $file := include "se.keyFile" .name }}
      {{- $from := default dict .apiKeySecret }}
      - secret:
          name: {{ if .apiKey }}{{ include "se.fullname" $ }}-keys{{ else }}{{ default $.Values.keys.existingSecret $from.name }}{{ end }}
          items: [{key: {{ default $file $from.key | quote }}, path: {{ $file | quote }}}]
      {{- end }}
{{- end }}
{{- with .Values.keys.existingSecret }}
- name: secret-keys
  secret: {secretName: {{ . }}, defaultMode: 0440}
{{- end }}
{{- if include "se.hasWebConfig" . }}
- name: web
  secret: {secretName: {{ default (printf "%s-web" (include "se.fullname" .)) .Values.web.existingSecret }}, defaultMode: 0440}
{{- end }}
{{- with .Values.web.tlsSecret }}
- name: tls
  secret: {secretName: {{ . }}, defaultMode: 0440}
{{- end }}
{{- range .Values.extraConfigMapMounts }}
- {name: {{ .name }}, configMap: {{ merge (dict "name" .configMap) (pick . "items" "optional" "defaultMode") | toJson }}}
{{- end }}
{{- range .Values.extraSecretMounts }}
- {name: {{ .name }}, secret: {{ merge (dict "secretName" .secret) (pick . "items" "optional") (dict "defaultMode" 288) | toJson }}}
{{- end }}
{{- with .Values.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "se.container" -}}
name: exporter
image: {{ include "se.image" (list . .Values.image .Chart.AppVersion) }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
args:
  {{- include "se.args" . | trim | nindent 2 }}
{{- with include "se.env" . | trim }}
env:
  {{- . | nindent 2 }}
{{- end }}
{{- with .Values.extraEnvFrom }}
envFrom:
  {{- toYaml . | nindent 2 }}
{{- end }}
ports:
  - {name: http, containerPort: {{ .Values.web.port }}, {{ with .Values.hostPort }}hostPort: {{ . }}, {{ end }}protocol: TCP}
  - {name: probes, containerPort: {{ .Values.web.probePort }}, protocol: TCP}
{{- with pick .Values "startupProbe" "livenessProbe" "readinessProbe" "lifecycle" "resources" "securityContext" | include "se.given" | trim }}
{{ . }}
{{- end }}
volumeMounts:
  {{- include "se.mounts" . | trim | nindent 2 }}
{{- end }}

{{- define "se.reloader" -}}
name: config-reloader
image: {{ include "se.image" (list . .Values.configReloader.image "") }}
imagePullPolicy: {{ .Values.configReloader.image.pullPolicy }}
args:
  - --listen-address=localhost:8080
  - --watched-dir={{ include "se.root" . }}/config
  - --reload-url={{ include "se.scheme" . }}://127.0.0.1:{{ .Values.web.port }}{{ include "se.prefix" . }}/-/reload
{{- with .Values.configReloader.resources }}
resources:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.securityContext }}
securityContext:
  {{- toYaml . | nindent 2 }}
{{- end }}
volumeMounts:
  - {name: config, mountPath: {{ include "se.root" . }}/config, readOnly: true}
{{- end }}

{{- define "se.podAnnotations" -}}
{{- if and (include "se.ownConfig" .) (not .Values.configReloader.enabled) }}
checksum/config: {{ include (print $.Template.BasePath "/configmap.yaml") . | fromYaml | dig "data" dict | toJson | sha256sum }}
{{- end }}
{{- with .Values.podAnnotations }}
{{ tpl (toYaml .) $ }}
{{- end }}
{{- end }}

{{- /* The template of a pod. */ -}}
{{- define "se.pod" -}}
metadata:
  labels:
    {{- /* No label of the chart's version: a chart that changes something else needs no new pods. */}}
    {{- $version := dict "app.kubernetes.io/version" (.Chart.AppVersion | replace "+" "_") }}
    {{- mergeOverwrite $version (deepCopy .Values.commonLabels) (deepCopy .Values.podLabels) (include "se.selector" . | fromYaml) | toYaml | nindent 4 }}
  annotations:
    kubectl.kubernetes.io/default-container: exporter
    {{- with include "se.podAnnotations" . | trim }}
    {{- . | nindent 4 }}
    {{- end }}
spec:
  serviceAccountName: {{ include "se.serviceAccount" . }}
  automountServiceAccountToken: false
  {{- /* A Service's variables could be taken for flags: they begin with its name. */}}
  enableServiceLinks: false
  {{- with include "se.pullSecrets" . | trim }}
  {{- . | nindent 2 }}
  {{- end }}
  {{- $given := pick .Values "terminationGracePeriodSeconds" "hostNetwork" "dnsPolicy" "dnsConfig" "hostAliases" "nodeSelector" "tolerations" "affinity" "priorityClassName" "runtimeClassName" "schedulerName" }}
  {{- with merge (dict "securityContext" .Values.podSecurityContext "initContainers" .Values.extraInitContainers) $given | include "se.given" | trim }}
  {{- . | nindent 2 }}
  {{- end }}
  {{- with .Values.topologySpreadConstraints }}
  topologySpreadConstraints:
    {{- range . }}
    - {{ merge (deepCopy .) (dict "labelSelector" (dict "matchLabels" (include "se.selector" $ | fromYaml))) | toYaml | nindent 6 | trim }}
    {{- end }}
  {{- end }}
  containers:
    - {{ include "se.container" . | nindent 6 | trim }}
    {{- if .Values.configReloader.enabled }}
    - {{ include "se.reloader" . | nindent 6 | trim }}
    {{- end }}
    {{- with .Values.extraContainers }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  volumes:
    {{- include "se.volumes" . | trim | nindent 4 }}
{{- end }}
