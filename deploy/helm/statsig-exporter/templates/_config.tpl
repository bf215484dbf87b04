{{- /* Where things are in the container. */ -}}
{{- define "se.root" -}}/etc/statsig_exporter{{- end }}

{{- /* The name of a file, and of a Secret's entry, for a project's key: its name, or what can be said of it and a hash. */ -}}
{{- define "se.keyFile" -}}
{{- $safe := regexReplaceAll "[^-_.a-zA-Z0-9]" . "_" -}}
{{- if and (eq $safe .) (le (len .) 63) (not (hasPrefix "." .)) }}{{ . }}{{ else }}{{ printf "_%s-%s" (trunc 40 $safe) (sha256sum . | trunc 12) }}{{ end -}}
{{- end }}

{{- /* The path of a project's key. A list of the root and the project. */ -}}
{{- define "se.keyPath" -}}
{{- $root := index . 0 -}}
{{- $project := index . 1 -}}
{{- if $project.apiKeyFile }}{{ $project.apiKeyFile -}}
{{- else if or $project.apiKey $project.apiKeySecret }}{{ include "se.root" . }}/keys/project/{{ include "se.keyFile" $project.name -}}
{{- else if not $root.Values.keys.existingSecret }}{{ fail (printf "projects: %s has no key: give it apiKeySecret, apiKeyFile or apiKey, or set keys.existingSecret" $project.name) -}}
{{- else if not (regexMatch "^[-._a-zA-Z0-9]+$" $project.name) }}{{ fail (printf "projects: no entry of keys.existingSecret can be called %q: give the project an apiKeySecret" $project.name) -}}
{{- else }}{{ include "se.root" . }}/keys/secret/{{ $project.name }}{{ end -}}
{{- end }}

{{- define "se.config" -}}
{{- $projects := list -}}
{{- range .Values.projects }}
  {{- $project := omit . "apiKey" "apiKeySecret" "apiKeyFile" -}}
  {{- $projects = append $projects (set $project "api_key_file" (include "se.keyPath" (list $ .))) -}}
{{- end -}}
{{- toYaml (merge (dict "projects" $projects) .Values.config) }}
{{- end }}

{{- /* Whether the configuration is one that the chart writes. */ -}}
{{- define "se.ownConfig" -}}
{{- if or .Values.projects .Values.configFrom.text }}true{{ end }}
{{- end }}

{{- define "se.hasConfig" -}}
{{- if or (include "se.ownConfig" .) .Values.configFrom.configMap .Values.configFrom.secret }}true{{ end }}
{{- end }}

{{- define "se.hasWebConfig" -}}
{{- if or .Values.web.config .Values.web.existingSecret }}true{{ end }}
{{- end }}

{{- /* The projects whose keys are projected from Secrets, one by one, as a list below "projects". */ -}}
{{- define "se.keyed" -}}
{{- $keyed := list -}}
{{- range .Values.projects }}
  {{- if or .apiKey .apiKeySecret }}{{ $keyed = append $keyed . }}{{ end -}}
{{- end -}}
{{- toYaml (dict "projects" $keyed) }}
{{- end }}

{{- /* What the schema cannot say. */ -}}
{{- define "se.validate" -}}
{{- $from := list -}}
{{- range $key := list "text" "configMap" "secret" }}
  {{- if index $.Values.configFrom $key }}{{ $from = append $from (printf "configFrom.%s" $key) }}{{ end -}}
{{- end -}}
{{- if .Values.projects }}{{ $from = append $from "projects" }}{{ end -}}
{{- if .Values.demo }}{{ $from = append $from "demo" }}{{ end -}}
{{- if gt (len $from) 1 }}{{ fail (printf "%s exclude each other" (join " and " $from)) }}{{ end -}}
{{- if and .Values.config (not .Values.projects) }}{{ fail "config needs projects beside it; a whole configuration goes to configFrom.text" }}{{ end -}}
{{- if and (not $from) (not (include "se.keyFromEnv" .)) }}{{ fail "nothing to poll: set projects, configFrom.text, configFrom.configMap or configFrom.secret, or try demo=true; or set STATSIG_API_KEY in extraEnv" }}{{ end -}}
{{- $names := dict -}}
{{- range $project := .Values.projects }}
  {{- if hasKey $names .name }}{{ fail (printf "projects: the name %q is there twice" .name) }}{{ end -}}
  {{- $_ := set $names .name true -}}
  {{- $keys := list -}}
  {{- range $key := list "apiKey" "apiKeyFile" "apiKeySecret" }}{{ if hasKey $project $key }}{{ $keys = append $keys $key }}{{ end }}{{ end -}}
  {{- if gt (len $keys) 1 }}{{ fail (printf "projects: %s: %s exclude each other" .name (join " and " $keys)) }}{{ end -}}
  {{- if and .apiKeySecret (not .apiKeySecret.name) (not $.Values.keys.existingSecret) }}{{ fail (printf "projects: %s: apiKeySecret needs the name of a Secret, or set keys.existingSecret" .name) }}{{ end -}}
{{- end -}}
{{- if and (gt (int .Values.shards) 1) .Values.storage.enabled .Values.storage.persistent .Values.storage.existingClaim }}{{ fail "storage.existingClaim is for one shard: storage belongs to one process" }}{{ end -}}
{{- if and .Values.storage.existingClaim (not .Values.storage.persistent) }}{{ fail "storage.existingClaim needs storage.persistent=true" }}{{ end -}}
{{- if and (eq (include "se.kind" .) "Deployment") .Values.storage.enabled .Values.storage.persistent (ne .Values.strategy.type "Recreate") }}{{ fail "strategy.type must be Recreate with storage.existingClaim: storage belongs to one process" }}{{ end -}}
{{- if and .Values.web.config .Values.web.existingSecret }}{{ fail "web.config and web.existingSecret exclude each other" }}{{ end -}}
{{- if and (gt (int .Values.shards) 1) (semverCompare "<1.28.0-0" (include "se.kubeVersion" .)) }}{{ fail "shards need Kubernetes 1.28, whose pods know their index; if this is one, set kubeVersionOverride" }}{{ end -}}
{{- if eq (int .Values.web.port) (int .Values.web.probePort) }}{{ fail "web.port and web.probePort must differ" }}{{ end -}}
{{- if .Values.serviceMonitor.perProject }}
  {{- if gt (int .Values.shards) 1 }}{{ fail "serviceMonitor.perProject is for one shard: a pod answers 404 for the projects of others" }}{{ end -}}
  {{- if not .Values.projects }}{{ fail "serviceMonitor.perProject needs projects: the chart does not know the projects of demo and configFrom" }}{{ end -}}
  {{- if .Values.serviceMonitor.params }}{{ fail "serviceMonitor.perProject and serviceMonitor.params exclude each other" }}{{ end -}}
{{- end -}}
{{- if and .Values.serviceMonitor.enabled .Values.podMonitor.enabled }}{{ fail "serviceMonitor and podMonitor exclude each other: each pod would be scraped twice" }}{{ end -}}
{{- if and .Values.configReloader.enabled (or (hasKey .Values.web.config "basic_auth_users") (dig "tls_server_config" "client_auth_type" "" .Values.web.config)) }}{{ fail "configReloader cannot log in: web.config demands a password or client certificates" }}{{ end -}}
{{- if and .Values.configReloader.enabled (not (include "se.hasConfig" .)) }}{{ fail "configReloader: there is no configuration to reload" }}{{ end -}}
{{- end }}

{{- /* Whether the environment brings the one key of a process without a configuration. */ -}}
{{- define "se.keyFromEnv" -}}
{{- range .Values.extraEnv }}
  {{- if has .name (list "STATSIG_API_KEY" "STATSIG_API_KEY_FILE") }}true{{ end -}}
{{- end -}}
{{- if .Values.extraEnvFrom }}true{{ end -}}
{{- end }}
